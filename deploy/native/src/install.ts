/** Installs what the suites on real engines run on, one after the other: several workers of a test run would build the same at once. */
import { installGoProgram } from './install-go-program.js';
import { installTelegraf } from './install-telegraf.js';
import { influxdForTests, kafkaForTests, mongoForTests } from './test-engines.js';

const parts = {
  kafka: () => kafkaForTests(process.env),
  influxd: () => influxdForTests(process.env),
  mongo: () => mongoForTests(process.env),
  telegraf: () => installTelegraf(process.env),
  'compose-config': () => installGoProgram('compose-config', process.env),
  'check-manifests': () => installGoProgram('check-manifests', process.env),
};

for (const [name, install] of Object.entries(parts)) {
  const startMs = performance.now();
  const installed = await install();
  const seconds = Math.round((performance.now() - startMs) / 1000);
  process.stdout.write('reason' in installed ? `${name}: not here: ${installed.reason}\n` : `${name}: ready after ${seconds} s\n`);
}
