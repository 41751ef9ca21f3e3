import { runEventSchema, type Run, type RunLog } from '@opsloop/contracts';
import type { Bus, Documents } from '@opsloop/ports';
import { createSystemClock, decodeEvent, type ServiceContext } from '@opsloop/runtime';
import { eventually, pause } from '@opsloop/testing';
import { createStepLog, type StepLog } from './step-log.js';

interface Call {
  readonly texts: readonly string[];
  answer(): void;
  fail(): void;
}

const run = { id: 't/order-1-r1', tenant: 't', workOrder: 't/order-1' } as Run;
const ref = { job: 1, target: 't1', step: 'a', kind: 'step', attempt: 1 } as const;
let calls: Call[] = [];
let stored: string[] = [];
let log: StepLog;

/** A bus that answers when the test says so. */
const bus: Pick<Bus, 'publish'> = {
  publish: (_topic, records) =>
    new Promise((resolve, reject) => {
      const texts = records.map((one) => decodeEvent(runEventSchema, Buffer.from(one.value as Uint8Array))).map((event) => (event.type === 'run.log' ? event.data.text ?? '' : ''));
      calls.push({ texts, answer: resolve, fail: () => reject(new Error('no broker answers')) });
    }),
};
const documents = { collection: () => ({ insert: (doc: RunLog) => Promise.resolve(stored.push(doc.text)) }) } as unknown as Documents;

beforeEach(() => {
  calls = [];
  stored = [];
  log = createStepLog({ bus, documents, clock: createSystemClock() } as unknown as ServiceContext, run, ref, new AbortController().signal);
});

/** Neighbours of one stream would be joined. */
function write(from: number, to: number): void {
  for (let i = from; i <= to; i += 1) log.write({ stream: i % 2 === 0 ? 'stdout' : 'stderr', text: `${i}` });
}

it('bus down: a step that is over does not wait for it, and its log is stored whole', async () => {
  write(1, 3);
  await eventually('the bus is asked', () => calls.length === 1);
  write(4, 20);
  expect(await Promise.race([log.end().then(() => 'over'), pause(2_000).then(() => 'waits')])).toBe('over');
  expect(stored).toEqual(Array.from({ length: 20 }, (_, i) => `${i + 1}`));
  expect(calls).toHaveLength(1);
});

it('slow bus: live pieces come in order, one call at a time; of too many the oldest fall out', async () => {
  write(1, 3);
  await log.end();
  calls[0]!.answer();
  await eventually('what waited is told', () => calls.length === 2);
  write(4, 13);
  await log.end();
  expect(calls).toHaveLength(2);
  calls[1]!.answer();
  await eventually('what waited is told', () => calls.length === 3);
  expect(calls.map((one) => one.texts)).toEqual([['1'], ['2', '3'], ['6', '7', '8', '9', '10', '11', '12', '13']]);
});

it('bus back: what came meanwhile is not told late, what comes then is', async () => {
  write(1, 3);
  await log.end();
  calls[0]!.fail();
  await pause(10);
  write(4, 4);
  await log.end();
  expect(calls.map((one) => one.texts)).toEqual([['1'], ['4']]);
});

it('pieces are cut between characters, wherever those of two halves lie', async () => {
  const text = `x${'🔥'.repeat(20_000)}`;
  log.write({ stream: 'stdout', text });
  await log.end();
  expect(stored.length).toBeGreaterThan(1);
  expect(stored.map((one) => Buffer.from(one).toString()).join('') === text).toBe(true);
});
