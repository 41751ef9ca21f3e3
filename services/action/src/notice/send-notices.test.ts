import { collections, type Notice } from '@opsloop/contracts';
import { createEmbeddedBus, createEmbeddedDocuments } from '@opsloop/engines-embedded';
import type { Channel, Delivery, Message } from '@opsloop/ports';
import { buildAlarmEvent, buildResource, createSkewedClock, createTempDir, eventually, pause } from '@opsloop/testing';
import { alarmIn, createFakeChannel, define, noticesIn, publishAlarms, startTelling, type TellingInstance } from '../telling-under-test.js';

const clock = createSkewedClock();
let folder: ReturnType<typeof createTempDir>;
let documents: ReturnType<typeof createEmbeddedDocuments>;
let bus: ReturnType<typeof createEmbeddedBus>;
let running: TellingInstance | undefined;

beforeEach(async () => {
  folder = createTempDir('action-');
  documents = createEmbeddedDocuments({ dataDir: folder.path, clock });
  bus = createEmbeddedBus({ dataDir: folder.path, clock, maxBytes: 2 ** 30, tailBytes: 2 ** 20 });
  await documents.start();
  await bus.start();
  await define(documents, 'Receiver', 'ops-mail', { channel: 'mail', to: ['ops@example.com', 'night@example.com'] });
  await define(documents, 'Receiver', 'stuck', { channel: 'mail', to: ['stuck@example.com'], groupBy: ['resource'] });
});

afterEach(async () => {
  await running?.stop();
  await bus.stop(1_000);
  await documents.stop(1_000);
  folder.remove();
});

async function start(channels: Readonly<Record<string, Channel>>): Promise<TellingInstance> {
  running = await startTelling({ documents, bus, clock, channels });
  return running;
}

const opened = (host = 'web-1', parts = {}) => buildAlarmEvent('alarm.opened', { occurrence: `default/on-${host}`, resource: buildResource({ uid: host }), resourceName: host, atMs: clock.now(), ...parts });
const only = async (): Promise<Notice | undefined> => (await noticesIn(documents))[0];
const timelineOf = async (id = 'default/on-web-1') => (await alarmIn(documents, id))!.timeline.map((one) => [one.what, one.text]);

describe('a notice that does not get through', () => {
  it('is tried again with growing waits, says so in the timeline, and is sent in the end', async () => {
    let tries = 0;
    const mail = createFakeChannel(() => ((tries += 1) < 3 ? { outcome: 'retry', reason: '451 greylisted' } : { outcome: 'sent', receipt: '250' }));
    await start({ mail });
    await publishAlarms(bus, opened());
    await eventually('it was tried', async () => (await only())?.attempts.length === 1);
    const first = (await only())!;
    expect(first.dueAtMs! - first.attempts[0]!.atMs).toBe(5_000);
    await eventually('the delay is told', async () => (await timelineOf()).some(([what, text]) => what === 'notice.delayed' && text === 'ops-mail: 451 greylisted; it is tried again'));
    expect((await alarmIn(documents, 'default/on-web-1'))!.trace.notifiedMs).toBeUndefined();
    clock.skip(5_000);
    await eventually('it was tried again', async () => (await only())?.attempts.length === 2);
    expect((await only())!.dueAtMs! - (await only())!.attempts[1]!.atMs).toBe(10_000);
    clock.skip(10_000);
    await eventually('it is sent', async () => (await only())?.state === 'sent');
    expect(new Set(mail.sent.map((one) => one.idempotencyKey)).size).toBe(1);
  });

  it('fails at its deadline, is counted, and the timeline shows it', async () => {
    const mail = createFakeChannel(() => ({ outcome: 'retry', reason: 'connection refused' }));
    const { ownMetrics } = await start({ mail });
    await publishAlarms(bus, opened());
    await eventually('it was tried', async () => (await only())?.attempts.length === 1);
    clock.skip(4 * 3_600_000);
    await eventually('it was tried again', async () => (await only())?.attempts.length === 2);
    expect((await only())!.state).toBe('queued');
    clock.skip(20 * 3_600_000);
    await eventually('it has failed', async () => (await only())?.state === 'failed' && (await only())?.dueAtMs === undefined);
    expect(await timelineOf()).toContainEqual(['notice.failed', 'ops-mail: [Warning] CPU utilisation on web-1: 91.3 % (> 80 %) - connection refused']);
    expect((await alarmIn(documents, 'default/on-web-1'))!.trace.notifiedMs).toBeUndefined();
    expect(await ownMetrics.text()).toContain('opsloop_notices_total{channel="mail",state="failed"} 1');
    await pause(600);
    expect(mail.sent).toHaveLength(3);
  });

  it('fails at once when the server refuses it for good', async () => {
    const mail = createFakeChannel(() => ({ outcome: 'rejected', reason: '550 no such user' }));
    await start({ mail });
    await publishAlarms(bus, opened());
    await eventually('it has failed', async () => (await only())?.state === 'failed');
    clock.skip(3_600_000);
    await pause(1_100);
    expect(mail.sent).toHaveLength(1);
  });

  it('is tried again when the channel itself breaks', async () => {
    let tries = 0;
    const mail = createFakeChannel(() => {
      tries += 1;
      if (tries === 1) throw new Error('a bug in the channel');
      return { outcome: 'sent', receipt: '250' };
    });
    await start({ mail });
    await publishAlarms(bus, opened());
    await eventually('it was tried', async () => (await only())?.attempts[0]?.detail === 'a bug in the channel');
    clock.skip(5_000);
    await eventually('it is sent', async () => (await only())?.state === 'sent');
    expect(mail.sent).toHaveLength(2);
  });

  it('goes again only to the address that it missed, and says whom it never reached', async () => {
    const answers: Delivery[] = [
      { outcome: 'sent', receipt: '250', missed: [{ to: 'night@example.com', reason: '452 full', retry: true }] },
      { outcome: 'rejected', reason: '550 gone' },
    ];
    const mail = createFakeChannel(() => answers.shift()!);
    await start({ mail });
    await publishAlarms(bus, opened());
    await eventually('it was tried', async () => (await only())?.attempts.length === 1);
    clock.skip(5_000);
    await eventually('it is settled', async () => (await only())?.state === 'sent' && (await only())?.dueAtMs === undefined);
    expect(mail.sent.map((one) => one.to)).toEqual([['ops@example.com', 'night@example.com'], ['night@example.com']]);
    expect(await timelineOf()).toContainEqual(['notice.sent', expect.stringMatching(/ - not delivered to night@example\.com$/)]);
  });
});

describe('a receiver that hangs', () => {
  it('holds nobody else back', async () => {
    let free = (): void => undefined;
    const freed = new Promise<void>((resolve) => (free = resolve));
    let hanging = 0;
    let mostHanging = 0;
    const mail = createFakeChannel(async (message: Message) => {
      if (message.to.includes('stuck@example.com')) {
        hanging += 1;
        mostHanging = Math.max(mostHanging, hanging);
        await freed;
        hanging -= 1;
      }
      return { outcome: 'sent', receipt: '250' };
    });
    await start({ mail });
    const hosts = Array.from({ length: 20 }, (_, index) => `h${index}`);
    await publishAlarms(bus, ...hosts.map((host) => opened(host, { receivers: ['stuck'] })));
    await eventually('they are queued', async () => (await noticesIn(documents)).length === 20);
    await eventually('some hang', () => hanging === 2);
    await publishAlarms(bus, opened('web-1'));
    await eventually('the other receiver is told', async () => (await noticesIn(documents)).some((one) => one.receiver === 'ops-mail' && one.state === 'sent'));
    free();
    await eventually('all are sent', async () => (await noticesIn(documents)).every((one) => one.state === 'sent'), 15_000);
    expect(mostHanging).toBe(2);
    expect(mail.sent.filter((one) => one.to.includes('stuck@example.com'))).toHaveLength(20);
  });
});

describe('without a mail server', () => {
  it('notices stay in the outbox, where they can be read', async () => {
    await start({});
    await publishAlarms(bus, opened());
    await eventually('it is in the outbox', async () => (await only())?.state === 'outbox' && (await only())?.dueAtMs === undefined);
    expect(await only()).toMatchObject({ to: ['ops@example.com', 'night@example.com'], text: expect.stringContaining('Open the alarm: https://ops.example.com/alarms/on-web-1'), attempts: [{ outcome: 'outbox' }] });
    expect((await timelineOf()).map(([what]) => what)).toEqual(['alarm.opened', 'notice.outbox']);
  });
});

describe('a notice that is asked for', () => {
  const request = { tenant: 'default', receivers: ['ops-mail', 'nobody'], kind: 'work-order' as const, key: 'default/wo-1/approval', threadKey: 'default/on-web-1', alarmIds: ['default/on-web-1'], subject: { en: 'Approval wanted', ko: '승인 요청' }, text: { en: 'Please approve', ko: '승인해 주십시오' } };

  it('goes out once per receiver in its language, in the conversation about the alarm', async () => {
    const mail = createFakeChannel();
    const { telling } = await start({ mail });
    await publishAlarms(bus, opened());
    await eventually('the alarm is told', () => mail.sent.length === 1);
    await define(documents, 'Receiver', 'seoul', { channel: 'mail', to: ['seoul@example.com'], language: 'ko' });
    for (let times = 0; times < 3; times += 1) await telling.queueNotice({ ...request, receivers: [...request.receivers, 'seoul'] });
    await eventually('both are told', () => mail.sent.length === 3);
    await pause(600);
    expect(mail.sent.slice(1).map((one) => [one.to[0], one.subject, one.text]).toSorted()).toEqual([['ops@example.com', 'Approval wanted', 'Please approve'], ['seoul@example.com', '승인 요청', '승인해 주십시오']]);
    const toOps = mail.sent.filter((one) => one.to[0] === 'ops@example.com');
    expect(toOps[1]!.threadKey).toBe(toOps[0]!.threadKey);
    expect((await alarmIn(documents, 'default/on-web-1'))!.timeline).toContainEqual(expect.objectContaining({ what: 'notice.no-receiver', ref: 'Receiver/nobody' }));
    expect((await timelineOf()).filter(([what]) => what === 'notice.sent')).toHaveLength(3);
  });
});

describe('a stop', () => {
  it('waits for the mail that is under way, and books it', async () => {
    const mail = createFakeChannel(async () => {
      await pause(400);
      return { outcome: 'sent', receipt: '250' };
    });
    const instance = await start({ mail });
    await publishAlarms(bus, opened());
    await eventually('it is under way', () => mail.sent.length === 1);
    await instance.stop();
    expect((await documents.collection<Notice>(collections.notices).get((await only())!.id))?.doc).toMatchObject({ state: 'sent' });
    expect((await timelineOf()).at(-1)?.[0]).toBe('notice.sent');
  });
});
