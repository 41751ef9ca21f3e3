/** A process that writes without end and says after each write that it was resolved. Its parent kills it. */
import type { MetricStore } from '@opsloop/ports';
import { mortalWrite } from './mortal-writes.js';

const [module, factory, options, from] = process.argv.slice(2) as [string, string, string, string];
const exports = (await import(module)) as Record<string, (given: object) => MetricStore & { start(): Promise<void> }>;
const store = exports[factory]!(JSON.parse(options) as object);
await store.start();
for (let call = Number(from); ; call++) {
  // The next write is on its way while this one is awaited, as at a busy writer.
  const next = store.write(mortalWrite(call + 1));
  await store.write(mortalWrite(call));
  process.send!(call);
  await next;
}
