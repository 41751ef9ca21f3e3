/** Three kills and a frozen executor on the cluster; the long runs are `npm run faults -- --cluster`. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installInfluxd, installKafka, installMongoServer } from '@opsloop/native';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const programs = await Promise.all([installKafka(process.env), installInfluxd(process.env), installMongoServer(process.env)]);
const missing = programs.find((program) => 'reason' in program);
const sometimes = missing ? it.skip : it;

sometimes(missing && 'reason' in missing ? `the cluster under faults (skipped: ${missing.reason})` : 'loses nothing and does nothing twice over three kills and a frozen executor', async () => {
  const options = ['--cluster', '--brokers', '1', '--kills', '3', '--points', 'trigger.after-emit,action.after-notice-queued,executor.after-step-run', '--faults', 'executor frozen within a run (1)', '--seed', '11', '--fresh'];
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...options], { maxBuffer: 1 << 24 }).catch((error: { stdout?: string; message: string }) => ({ stdout: `${error.stdout ?? ''}\n${error.message}` }));
  expect(stdout).toMatch(/^faults: 4 passed, 0 failed$/m);
}, 900_000);
