import { alarmNoteEventSchema, collections, noticeEventSchema, topics, type AlarmGroup, type AlarmGroupMember } from '@opsloop/contracts';
import { createEmbeddedBus, createEmbeddedDocuments } from '@opsloop/engines-embedded';
import type { Channel } from '@opsloop/ports';
import { encodeEvent } from '@opsloop/runtime';
import { buildAlarmEvent, buildResource, createSkewedClock, createTempDir, eventually, pause } from '@opsloop/testing';
import { alarmIn, command, createFakeChannel, define, noticesIn, publishAlarms, startTelling, type TellingInstance } from './telling-under-test.js';

const minute = 60_000;
const clock = createSkewedClock();
let folder: ReturnType<typeof createTempDir>;
let documents: ReturnType<typeof createEmbeddedDocuments>;
let bus: ReturnType<typeof createEmbeddedBus>;
let running: TellingInstance[] = [];

beforeEach(async () => {
  folder = createTempDir('action-');
  documents = createEmbeddedDocuments({ dataDir: folder.path, clock });
  bus = createEmbeddedBus({ dataDir: folder.path, clock, maxBytes: 2 ** 30, tailBytes: 2 ** 20 });
  await documents.start();
  await bus.start();
  await define(documents, 'Receiver', 'ops-mail', { channel: 'mail', to: ['ops@example.com'] });
});

afterEach(async () => {
  for (const one of running) await one.stop();
  running = [];
  await bus.stop(1_000);
  await documents.stop(1_000);
  folder.remove();
});

async function start(channels: Readonly<Record<string, Channel>>, name?: string): Promise<TellingInstance> {
  const instance = await startTelling({ documents, bus, clock, channels, ...(name && { name }) });
  running.push(instance);
  return instance;
}

const opened = (host = 'web-1', parts = {}) => buildAlarmEvent('alarm.opened', { occurrence: `default/on-${host}`, resource: buildResource({ uid: host }), resourceName: host, atMs: clock.now(), ...parts });
const resolved = (host = 'web-1', parts = {}) => ({ ...opened(host, { transition: 2, value: 40, ...parts }), type: 'alarm.resolved' as const });
const settledAs = async (state: string, count = 1) => {
  const all = await noticesIn(documents);
  return all.filter((one) => one.state === state && one.dueAtMs === undefined).length === count;
};

describe('an alarm', () => {
  it('is recorded, told and booked, and everybody can follow it on the bus', async () => {
    const mail = createFakeChannel();
    const seen: string[] = [];
    const decoder = new TextDecoder();
    for (const topic of [topics.alarms.name, topics.notices.name]) {
      const schema = topic === topics.notices.name ? noticeEventSchema : alarmNoteEventSchema;
      await bus.tail(topic, 'oldest', (_, records) => void seen.push(...records.flatMap((one) => {
        const parsed = schema.safeParse(JSON.parse(decoder.decode(one.value)));
        return parsed.success ? [`${parsed.data.type}${'what' in parsed.data.data ? ` ${parsed.data.data.what}` : ''}`] : [];
      })));
    }
    const { acted } = await start({ mail });
    await publishAlarms(bus, opened());
    await eventually('the notice is booked', () => settledAs('sent'));
    expect(acted).toEqual(['default/on-web-1#1']);
    expect(mail.sent).toMatchObject([{ to: ['ops@example.com'], subject: '[Warning] CPU utilisation on web-1: 91.3 % (> 80 %)' }]);
    const [notice] = await noticesIn(documents);
    expect(mail.sent[0]).toMatchObject({ idempotencyKey: notice!.id, threadKey: notice!.groupKey });
    const alarm = (await alarmIn(documents, 'default/on-web-1'))!;
    expect(alarm).toMatchObject({ state: 'open', unrouted: [], trace: { notifiedMs: notice!.attempts[0]!.atMs } });
    expect(alarm.trace.recordedMs).toBeLessThanOrEqual(alarm.trace.notifiedMs!);
    expect(alarm.timeline.map((one) => [one.what, one.ref])).toEqual([['alarm.opened', undefined], ['notice.sent', notice!.id]]);
    await eventually('the events are out', () => ['alarm.recorded alarm.opened', 'alarm.recorded notice.sent', 'notice.queued', 'notice.sent'].every((one) => seen.includes(one)));
    await eventually('nothing waits to be published', async () => !(await alarmIn(documents, alarm.id))!.hasPendingEvents);
  });

  it('is told once however often its transitions are delivered, by however many instances', async () => {
    const mail = createFakeChannel();
    await Promise.all([start({ mail }, 'one'), start({ mail }, 'two')]);
    const events = ['a', 'b', 'c', 'd'].map((host) => opened(host, { policy: `policy-${host}` }));
    for (let times = 0; times < 5; times += 1) await publishAlarms(bus, ...events);
    await eventually('all are told', () => settledAs('sent', 4));
    await pause(700);
    expect(mail.sent).toHaveLength(4);
    expect(running.flatMap((one) => one.acted).toSorted()).toEqual(['a', 'b', 'c', 'd'].map((host) => `default/on-${host}#1`));
  });

  it('shares a notice with others of its policy that come while the group waits', async () => {
    await define(documents, 'Receiver', 'ops-mail', { channel: 'mail', to: ['ops@example.com'], groupWait: '1s', language: 'ko' });
    const mail = createFakeChannel();
    await start({ mail });
    await publishAlarms(bus, opened('web-1'), opened('web-2'), opened('web-3', { level: 'critical' }));
    await eventually('one notice tells all', () => settledAs('sent'));
    expect(mail.sent.map((one) => one.subject)).toEqual(['[심각] cpu-high 발생 3건: web-3, web-1, web-2']);
    expect((await noticesIn(documents))[0]).toMatchObject({ kind: 'alarm', level: 'critical', alarmIds: expect.arrayContaining(['default/on-web-1', 'default/on-web-2', 'default/on-web-3']) });
  });

  it('says when it is over, in the same conversation, and its group ends in the end', async () => {
    const mail = createFakeChannel();
    await start({ mail });
    await publishAlarms(bus, opened());
    await eventually('it is told', () => settledAs('sent'));
    await publishAlarms(bus, resolved());
    clock.skip(minute);
    await eventually('its end is told', () => settledAs('sent', 2));
    expect(mail.sent[1]!.subject).toMatch(/^\[Resolved\] CPU utilisation on web-1: 40 %/);
    expect(mail.sent[1]!.threadKey).toBe(mail.sent[0]!.threadKey);
    clock.skip(62 * minute);
    const groups = documents.collection<AlarmGroup>(collections.alarmGroups);
    await eventually('the group is gone', async () => (await groups.find({})).items.length === 0);
    expect((await documents.collection<AlarmGroupMember>(collections.alarmGroupMembers).find({})).items).toEqual([]);
    await publishAlarms(bus, opened('web-1', { occurrence: 'default/another' }));
    await eventually('a new life is told', () => settledAs('sent', 3));
    expect(mail.sent[2]!.threadKey).not.toBe(mail.sent[0]!.threadKey);
  });

  it('is repeated while it is open, until somebody acknowledges it', async () => {
    const mail = createFakeChannel();
    await start({ mail });
    await publishAlarms(bus, opened('web-1', { repeatMs: 60 * minute }));
    await eventually('it is told', () => settledAs('sent'));
    clock.skip(61 * minute);
    await eventually('it is repeated', () => settledAs('sent', 2));
    expect(mail.sent[1]!.subject).toMatch(/^\[Warning\] still open after 1 h 1 min: /);
    await command(bus, 'alarm.acknowledge', 'default/on-web-1', 'kim', 'on it', clock.now());
    await eventually('it is acknowledged', async () => (await alarmIn(documents, 'default/on-web-1'))?.acknowledged?.by === 'kim');
    clock.skip(61 * minute);
    await pause(1_200);
    expect(mail.sent).toHaveLength(2);
  });

  it('that a person closes is told to be closed, with who and why, and not told again when it resolves', async () => {
    const mail = createFakeChannel();
    const instance = await start({ mail });
    await publishAlarms(bus, opened());
    await eventually('it is told', () => settledAs('sent'));
    await command(bus, 'alarm.close', 'default/on-web-1', 'kim', 'planned work', clock.now());
    await eventually('it is closed', async () => (await alarmIn(documents, 'default/on-web-1'))?.state === 'resolved');
    await eventually('its repairs end', () => instance.closed.includes('default/on-web-1'));
    clock.skip(minute);
    await eventually('that is told', () => settledAs('sent', 2));
    expect(mail.sent[1]).toMatchObject({ subject: expect.stringMatching(/^\[Closed\] /), text: expect.stringContaining('by kim: planned work') });
    await publishAlarms(bus, resolved());
    clock.skip(minute);
    await pause(1_200);
    expect(mail.sent).toHaveLength(2);
  });
});

describe('who is told', () => {
  it('are also the receivers of the steps of scenarios, an escalation as such, and each of them once', async () => {
    for (const name of ['team', 'boss']) await define(documents, 'Receiver', name, { channel: 'mail', to: [`${name}@example.com`], levels: ['down'] });
    await define(documents, 'Receiver', 'all', { channel: 'mail', to: ['all@example.com'] });
    await define(documents, 'Scenario', 'heal', { levels: { critical: [{ do: 'notify', receivers: ['all', 'team'] }, { do: 'escalate', receivers: ['boss', 'ops-mail'] }] } });
    const mail = createFakeChannel();
    await start({ mail });
    await publishAlarms(bus, opened('web-1', { level: 'critical', scenarios: ['heal'] }));
    await eventually('three are told', () => settledAs('sent', 3));
    await pause(600);
    expect(mail.sent.map((one) => [one.to[0], one.subject.slice(0, 24)]).toSorted()).toEqual([
      ['all@example.com', '[Critical] CPU utilisati'],
      ['boss@example.com', '[Escalation · Critical] '],
      ['ops@example.com', '[Escalation · Critical] '],
    ]);
  });

  it('is said in the timeline when a receiver or a scenario is not defined, and the others are told all the same', async () => {
    const mail = createFakeChannel();
    const { ownMetrics } = await start({ mail });
    await publishAlarms(bus, opened('web-1', { receivers: ['nobody', 'ops-mail'], scenarios: ['nothing'] }));
    await eventually('the other is told', () => settledAs('sent'));
    const alarm = await alarmIn(documents, 'default/on-web-1');
    expect(alarm?.timeline.map((one) => [one.what, one.ref])).toEqual(expect.arrayContaining([['notice.no-receiver', 'Receiver/nobody'], ['scenario.missing', 'Scenario/nothing']]));
    expect(await ownMetrics.text()).toContain('opsloop_undefined_definitions_total{kind="Receiver"} 1');
  });

  it('a receiver that is deleted while something waits is said too, and its group ends', async () => {
    await define(documents, 'Receiver', 'ops-mail', { channel: 'mail', to: ['ops@example.com'], groupWait: '1h' });
    const mail = createFakeChannel();
    await start({ mail });
    await publishAlarms(bus, opened());
    const groups = documents.collection<AlarmGroup>(collections.alarmGroups);
    await eventually('it waits', async () => (await groups.find({})).items.length === 1);
    await define(documents, 'Receiver', 'ops-mail', null);
    clock.skip(61 * minute);
    await eventually('it is said', async () => (await alarmIn(documents, 'default/on-web-1'))!.timeline.some((one) => one.what === 'notice.no-receiver'));
    await eventually('the group is gone', async () => (await groups.find({})).items.length === 0);
    expect(mail.sent).toEqual([]);
  });
});

describe('what cannot be handled', () => {
  it('goes to the dead letters and holds nothing up', async () => {
    const mail = createFakeChannel();
    const dead: string[] = [];
    for (const topic of [topics.alarms.name, topics.alarmCommands.name]) await bus.tail(`${topic}.dlq`, 'oldest', (_, records) => void dead.push(...records.map((one) => one.headers['reason'] ?? '')));
    await start({ mail });
    await bus.publish(topics.alarms.name, [{ key: 'default/on-web-1', value: encodeEvent({ ...opened(), data: { ...opened().data, transition: 'one' } }) }]);
    await command(bus, 'alarm.acknowledge', 'default/unknown', 'kim', '', clock.now());
    await publishAlarms(bus, opened());
    await eventually('the good one is told', () => settledAs('sent'));
    await eventually('both are in the dead letters', () => dead.length === 2);
    expect(dead.toSorted()).toEqual([expect.stringContaining('data.transition'), 'there is no alarm default/unknown to acknowledge']);
  });
});
