import { runEventSchema, type PendingEvent, type Run } from '@opsloop/contracts';
import type { Bus, Collection, Stored } from '@opsloop/ports';
import { createLogger, createOwnMetrics, createSystemClock, decodeEvent, type Lease, type ServiceContext } from '@opsloop/runtime';
import { eventually, pause } from '@opsloop/testing';
import { createRunOwner, type RunOwner } from './run-owner.js';

interface Call {
  readonly ids: readonly string[];
  answer(): void;
  fail(): void;
}

let calls: Call[] = [];
let stored: Stored<Run>;
let owner: RunOwner;

/** A bus that answers when the test says so. */
const bus: Pick<Bus, 'publish'> = {
  publish: (_topic, records) =>
    new Promise((resolve, reject) => {
      calls.push({ ids: records.map((one) => decodeEvent(runEventSchema, Buffer.from(one.value as Uint8Array)).id), answer: resolve, fail: () => reject(new Error('no broker answers')) });
    }),
};
const runs = {
  replace(doc: Run, version: number) {
    stored = { doc, version: version + 1 };
    return Promise.resolve(stored);
  },
} as unknown as Collection<Run>;
const lease = { lost: new AbortController().signal, current: () => stored, update: () => undefined, exclusive: (work: () => unknown) => work() } as unknown as Lease<Run>;

function event(id: string): PendingEvent {
  return {
    topic: 'runs.v1',
    key: 't/r1',
    event: {
      specversion: '1.0', id, source: '/opsloop/executor', type: 'run.step-changed', subject: 't/r1', time: new Date(0).toISOString(), datacontenttype: 'application/json',
      data: { tenant: 't', run: 't/r1', workOrder: 't/o1', target: 't1', job: 1, step: 'a', attempt: 1, state: 'running' },
    },
  };
}

/** What the run announces first, and then one thing more with each. */
async function store(...ids: string[]): Promise<Run> {
  let run = stored.doc;
  for (const id of ids) run = await owner.store({ ...owner.withoutPublished(run), pendingEvents: [...owner.withoutPublished(run).pendingEvents, event(id)] });
  return run;
}

const waitingIds = (): string[] => stored.doc.pendingEvents.map((one) => one.event.id);

beforeEach(() => {
  calls = [];
  stored = { doc: { id: 't/r1', tenant: 't', pendingEvents: [], hasPendingEvents: false } as unknown as Run, version: 1 };
  owner = createRunOwner({ bus, clock: createSystemClock(), logger: createLogger('silent', 'e1'), ownMetrics: createOwnMetrics() } as unknown as ServiceContext, runs, lease);
});

it('slow bus: what is announced during one call goes with the next, each event once and in order', async () => {
  await store('1', '2', '3', '4');
  calls[0]!.answer();
  await eventually('the rest is published', () => calls.length === 2);
  calls[1]!.answer();
  await pause(10);
  await owner.release(stored.doc);
  expect(calls.map((one) => one.ids)).toEqual([['1'], ['2', '3', '4']]);
  expect(stored.doc).toMatchObject({ pendingEvents: [], hasPendingEvents: false });
});

it('bus down: a run is handed back after the call that is under way, and the relay has every event', async () => {
  const run = await store('1', '2', '3', '4');
  const released = owner.release(run).then(() => 'released');
  calls[0]!.fail();
  expect(await Promise.race([released, pause(2_000).then(() => 'waits')])).toBe('released');
  expect(calls).toHaveLength(1);
  expect({ ids: waitingIds(), has: stored.doc.hasPendingEvents }).toEqual({ ids: ['1', '2', '3', '4'], has: true });
});

it('bus back: the next write of the run announces what waited', async () => {
  await store('1', '2');
  calls[0]!.fail();
  await eventually('it is tried once more', () => calls.length === 2);
  calls[1]!.fail();
  await pause(10);
  await store('3');
  expect(calls.map((one) => one.ids)).toEqual([['1'], ['1', '2'], ['1', '2', '3']]);
});
