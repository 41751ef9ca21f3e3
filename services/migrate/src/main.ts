/** Brings the engines to the schema of this version, tells what it did as it goes, and ends. Services refuse to start before. */
import { migrateEngines } from '@opsloop/engines';
import { readSettings } from '@opsloop/runtime';

const read = readSettings(process.env);
try {
  if ('problems' in read) throw new Error(read.problems.join('\n'));
  await migrateEngines(read.settings, (line) => process.stdout.write(`${line}\n`));
} catch (error) {
  process.stderr.write(`migrate: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
