/** A process that dies between storing a change of a log and attaching it to an alarm, in either order of the two. */
import { createEmbeddedBus, createEmbeddedDocuments } from '@opsloop/engines-embedded';
import { buildAlarmEvent, createMortalEngines, createSkewedClock, createTempDir, eventually } from '@opsloop/testing';
import { alarmIn, createFakeChannel, define, publishAlarms, publishLogChange, startTelling, type TellingInstance } from '../telling-under-test.js';

const clock = createSkewedClock();
let folder: ReturnType<typeof createTempDir>;
let documents: ReturnType<typeof createEmbeddedDocuments>;
let bus: ReturnType<typeof createEmbeddedBus>;
let running: TellingInstance;

async function openEngines(): Promise<void> {
  documents = createEmbeddedDocuments({ dataDir: folder.path, clock });
  bus = createEmbeddedBus({ dataDir: folder.path, clock, maxBytes: 2 ** 30, tailBytes: 2 ** 20 });
  await documents.start();
  await bus.start();
}

/** Answers whether it has died. */
async function startMortal(point: string): Promise<() => boolean> {
  const mortal = createMortalEngines({ bus, documents, clock });
  running = await startTelling({
    bus: mortal.bus, documents: mortal.documents, clock: mortal.clock, channels: { mail: createFakeChannel() },
    reach(reached) {
      if (reached === point) mortal.die();
      if (mortal.isDead()) throw new Error(`died at ${reached}`);
    },
  });
  return () => mortal.isDead();
}

beforeEach(async () => {
  folder = createTempDir('evidence-');
  await openEngines();
  await define(documents, 'Receiver', 'ops-mail', { channel: 'mail', to: ['ops@example.com'] });
});

afterEach(async () => {
  await running.stop();
  await bus.stop(500);
  await documents.stop(500);
  folder.remove();
});

it.each(['action.after-log-change-stored', 'action.after-alarm-stored', 'action.after-evidence'])('dies at %s: the template is attached all the same, once', async (point) => {
  const isDead = await startMortal(point);
  await publishLogChange(bus, 'web-1', 'kernel panic', { atMs: clock.now() });
  await publishAlarms(bus, buildAlarmEvent('alarm.opened', { occurrence: 'default/on-web-1', resourceName: 'web-1', atMs: clock.now(), pendingSinceMs: clock.now() }));
  await eventually('it died', isDead, 30_000);
  // Nothing of a process that died is stopped.
  await bus.stop(100);
  await documents.stop(500);
  await openEngines();
  clock.skip(60_000);
  running = await startTelling({ documents, bus, clock, channels: { mail: createFakeChannel() } });
  const templates = async () => (await alarmIn(documents, 'default/on-web-1'))?.evidence?.templates.map((one) => one.template);
  await eventually('it is attached', async () => (await templates()) !== undefined, 30_000);
  expect(await templates()).toEqual(['kernel panic']);
}, 90_000);
