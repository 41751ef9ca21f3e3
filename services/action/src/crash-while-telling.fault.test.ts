import { collections, type Alarm, type Notice } from '@opsloop/contracts';
import { createEmbeddedBus, createEmbeddedDocuments } from '@opsloop/engines-embedded';
import { buildAlarmEvent, buildResource, createMortalEngines, createSkewedClock, createTempDir, eventually, pause, type MortalEngines } from '@opsloop/testing';
import { alarmIn, command, createFakeChannel, define, noticesIn, publishAlarms, startTelling, type FakeChannel, type TellingInstance } from './telling-under-test.js';

/** Every point between two writes, with how often it is passed before the process dies. */
const crashes = [
  ...['action.after-alarm-stored', 'action.after-scenarios', 'action.after-member-stored', 'action.after-receivers', 'action.after-command-stored'].flatMap((point) => [1, 2, 3].map((passing) => ({ point, passing }))),
  ...['action.after-evidence', 'action.after-notice-queued', 'action.after-members-told', 'notice.before-send', 'notice.after-send', 'notice.after-stored', 'notice.after-timeline', 'relay.after-publish'].flatMap((point) => [1, 2].map((passing) => ({ point, passing }))),
].filter(({ point, passing }) => point !== 'action.after-command-stored' || passing === 1);

const clock = createSkewedClock();
let folder: ReturnType<typeof createTempDir>;
let documents: ReturnType<typeof createEmbeddedDocuments>;
let bus: ReturnType<typeof createEmbeddedBus>;
let running: TellingInstance;
let process: MortalEngines;
let reached: Set<string>;
let acted: string[];
let mail: FakeChannel;
/** Mails that were handed over when the process died and whose outcome it had not stored. */
let underWay: number;

async function openEngines(): Promise<void> {
  documents = createEmbeddedDocuments({ dataDir: folder.path, clock });
  bus = createEmbeddedBus({ dataDir: folder.path, clock, maxBytes: 2 ** 30, tailBytes: 2 ** 20 });
  await documents.start();
  await bus.start();
}

async function start(dieAt?: { readonly point: string; readonly passing: number }): Promise<void> {
  const mortal = createMortalEngines({ bus, documents, clock });
  let passings = 0;
  process = mortal;
  running = await startTelling({
    bus: mortal.bus,
    documents: mortal.documents,
    clock: mortal.clock,
    channels: { mail },
    reach(point) {
      reached.add(point);
      if (!mortal.isDead()) underWay += point === 'notice.before-send' ? 1 : point === 'notice.after-stored' ? -1 : 0;
      if (point === dieAt?.point && (passings += 1) === dieAt.passing) mortal.die();
      if (mortal.isDead()) throw new Error(`died at ${point}`);
    },
  });
}

/** What a process finds when it is started again after a kill: the same files, and leases that run out. */
async function startAgain(): Promise<void> {
  acted.push(...running.acted);
  await bus.stop(100);
  await documents.stop(500);
  await openEngines();
  clock.skip(60_000);
  await start();
}

beforeEach(async () => {
  folder = createTempDir('action-');
  mail = createFakeChannel();
  reached = new Set();
  acted = [];
  underWay = 0;
  await openEngines();
  await define(documents, 'Receiver', 'ops-mail', { channel: 'mail', to: ['ops@example.com'], groupInterval: '0s' });
  await define(documents, 'Receiver', 'second', { channel: 'mail', to: ['second@example.com'], groupBy: ['resource'], groupInterval: '0s' });
});

afterEach(async () => {
  await running.stop();
  await bus.stop(500);
  await documents.stop(500);
  folder.remove();
});

const event = (host: string, transition: number, type: 'alarm.opened' | 'alarm.resolved', atMs: number) =>
  buildAlarmEvent(type, { occurrence: `default/on-${host}`, transition, resource: buildResource({ uid: host }), resourceName: host, receivers: ['ops-mail', 'second'], atMs });

async function liveThrough(whenDead: () => Promise<void>): Promise<void> {
  const t0 = clock.now();
  const steps = [
    () => publishAlarms(bus, event('a', 1, 'alarm.opened', t0), event('b', 1, 'alarm.opened', t0)),
    () => publishAlarms(bus, event('a', 2, 'alarm.resolved', t0 + 1)),
    () => command(bus, 'alarm.close', 'default/on-b', 'kim', 'known', t0 + 2),
  ];
  for (const step of steps) {
    await step();
    await eventually('it died, or everything is done', async () => process.isDead() || (await isQuiet()), 10_000);
    if (process.isDead()) await whenDead();
    await eventually('everything is done', isQuiet, 10_000);
  }
}

/** Nothing is under way: all handed on, told, sent, booked, announced. */
async function isQuiet(): Promise<boolean> {
  const alarms = (await documents.collection<Alarm>(collections.alarms).find({ tenant: 'default' })).items.map(({ doc }) => doc);
  const notices = await noticesIn(documents);
  const lag = (await bus.lag()).filter((one) => one.group === 'action').reduce((sum, one) => sum + one.records, 0);
  const waiting = (await documents.collection(collections.alarmGroupMembers).find({ occurrence: { in: ['default/on-a', 'default/on-b'] } })).items as unknown as { doc: { waiting: unknown[] } }[];
  return lag === 0 && alarms.length > 0 && alarms.every((one) => one.unrouted!.length === 0 && !one.hasPendingEvents) && notices.every((one) => one.dueAtMs === undefined && !one.hasPendingEvents) && waiting.every(({ doc }) => doc.waiting.length === 0);
}

const told = (notices: readonly Notice[], receiver: string) => notices.filter((one) => one.receiver === receiver).flatMap((one) => one.alarms.map(({ occurrence, transition }) => `${occurrence.slice('default/on-'.length)}#${transition}`)).toSorted();

it('passes every point that is tested', async () => {
  await start();
  await liveThrough(async () => undefined);
  expect([...reached].toSorted()).toEqual([...new Set(crashes.map((one) => one.point))].toSorted());
});

it.each(crashes)('dies at $point, passing $passing: everything is told once, at most one mail comes twice', async (dieAt) => {
  await start(dieAt);
  let died = 0;
  let mayRepeat = 0;
  await liveThrough(async () => {
    died += 1;
    mayRepeat = underWay;
    await startAgain();
  });
  await pause(50);
  expect(died).toBe(1);
  expect(new Set([...acted, ...running.acted])).toEqual(new Set(['default/on-a#1', 'default/on-a#2', 'default/on-b#1']));
  const notices = await noticesIn(documents);
  for (const receiver of ['ops-mail', 'second']) expect(told(notices, receiver)).toEqual(['a#1', 'a#2', 'b#0', 'b#1']);
  expect(notices.every((one) => one.state === 'sent')).toBe(true);

  const sent = mail.sent.map((one) => one.idempotencyKey);
  expect(new Set(sent)).toEqual(new Set(notices.map((one) => one.id)));
  const repeated = sent.length - notices.length;
  expect(repeated).toBeLessThanOrEqual(Math.min(1, mayRepeat));
  if (dieAt.point === 'notice.after-send') expect(repeated).toBe(1);

  for (const host of ['a', 'b']) {
    const alarm = (await alarmIn(documents, `default/on-${host}`))!;
    const booked = alarm.timeline.filter((one) => one.what === 'notice.sent').map((one) => one.ref).toSorted();
    expect(booked).toEqual(notices.filter((one) => one.alarmIds.includes(alarm.id)).map((one) => one.id).toSorted());
    expect(alarm.timeline.filter((one) => !one.what.startsWith('notice.')).map((one) => one.what)).toEqual(['alarm.opened', host === 'a' ? 'alarm.resolved' : 'alarm.closed']);
  }
});
