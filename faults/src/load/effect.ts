/** The side effect of the fault runs' playbook: one durable line with the key of the attempt. Usage: node effect.js FILE [MS TO GO ON] */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

const file = openSync(process.argv[2]!, 'a');
writeSync(file, `${process.env['OPSLOOP_IDEMPOTENCY_KEY'] ?? 'no key'}\n`);
fsyncSync(file);
closeSync(file);
console.log('the effect took place');
setTimeout(() => undefined, Number(process.argv[3] ?? 0));
