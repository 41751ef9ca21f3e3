import { createServer, type AddressInfo } from 'node:net';
import { createChannels } from '@opsloop/channels';
import { createEmbeddedBus, createEmbeddedDocuments } from '@opsloop/engines-embedded';
import type { Part } from '@opsloop/runtime';
import { buildAlarmEvent, buildResource, createSkewedClock, createTempDir, eventually } from '@opsloop/testing';
import { SMTPServer } from 'smtp-server';
import { createAction } from './service.js';
import { alarmIn, contextUnderTest, define, noticesIn, publishAlarms } from './telling-under-test.js';

const clock = createSkewedClock();
const folder = createTempDir('action-');
const documents = createEmbeddedDocuments({ dataDir: folder.path, clock });
const bus = createEmbeddedBus({ dataDir: folder.path, clock, maxBytes: 2 ** 30 });
const arrived: string[] = [];
let smtp: SMTPServer | undefined;
let action: Part;

/** A port on which nothing listens yet. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function listen(port: number): Promise<void> {
  smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, callback) {
      let raw = '';
      stream.setEncoding('utf8').on('data', (chunk: string) => (raw += chunk));
      stream.on('end', () => {
        arrived.push(raw);
        callback();
      });
    },
  });
  await new Promise<void>((resolve) => smtp!.listen(port, '127.0.0.1', resolve));
}

const headerOf = (raw: string, name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'im').exec(raw.split('\r\n\r\n')[0]!.replaceAll('\r\n ', ' '))?.[1]?.trim();

beforeAll(async () => {
  await documents.start();
  await bus.start();
});

afterAll(async () => {
  await action?.stop(3_000);
  await new Promise<void>((resolve) => (smtp ? smtp.close(resolve) : resolve()));
  await bus.stop(1_000);
  await documents.stop(1_000);
  folder.remove();
});

it('tells by mail of an alarm and of the repair that waits for an approval, in one conversation, also when the mail server comes late', async () => {
  const port = await freePort();
  const channels = createChannels({ SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: 'Opsloop <opsloop@example.org>' });
  action = createAction({ ...contextUnderTest({ documents, bus, clock, name: 'action', reach: () => undefined }), channels });
  await define(documents, 'Receiver', 'ops-mail', { channel: 'mail', to: ['ops@example.com'] });
  await define(documents, 'Scenario', 'heal', { levels: { critical: [{ do: 'work-order', playbook: 'restart', approval: 'required' }] } });
  await define(documents, 'Playbook', 'restart', { steps: [{ id: 'restart', uses: 'local', run: ['true'] }] });
  await action.start();

  const occurrence = 'default/on-web-1';
  await publishAlarms(bus, buildAlarmEvent('alarm.opened', { occurrence, level: 'critical', value: 97, threshold: '> 95', scenarios: ['heal'], resource: buildResource({ uid: 'web-1' }), atMs: clock.now() }));
  await eventually('both notices were tried in vain', async () => {
    const notices = await noticesIn(documents);
    return notices.length === 2 && notices.every((one) => one.attempts.length === 1 && one.state === 'queued');
  }, 10_000);
  expect((await noticesIn(documents))[0]!.attempts[0]).toMatchObject({ outcome: 'retry', detail: expect.stringContaining('ECONNREFUSED') });

  await listen(port);
  clock.skip(5_000);
  await eventually('both mails arrived', () => arrived.length === 2, 10_000);
  await eventually('both are booked', async () => (await noticesIn(documents)).every((one) => one.state === 'sent' && one.dueAtMs === undefined));

  const alarmMail = arrived.find((raw) => headerOf(raw, 'Subject') === '[Critical] CPU utilisation on web-1: 97 % (> 95 %)');
  const orderMail = arrived.find((raw) => headerOf(raw, 'Subject')?.startsWith('Approval needed'));
  expect(alarmMail).toContain('waits for an approval');
  expect(headerOf(alarmMail!, 'References')).toMatch(/^<thread-[0-9a-f]{32}@example\.org>$/);
  expect(headerOf(orderMail!, 'References')).toBe(headerOf(alarmMail!, 'References'));

  const alarm = (await alarmIn(documents, occurrence))!;
  expect(alarm.workOrders).toHaveLength(1);
  expect(alarm.timeline.map((one) => one.what)).toEqual(expect.arrayContaining(['alarm.opened', 'work-order.requested', 'notice.delayed', 'notice.sent']));
  expect(alarm.trace).toMatchObject({ recordedMs: expect.any(Number), workOrderMs: expect.any(Number), notifiedMs: expect.any(Number) });
});
