/** What is attached to alarms, on the embedded engines: before and after they open, across a restart, and told in the mail. */
import { collections } from '@opsloop/contracts';
import { createEmbeddedBus, createEmbeddedDocuments } from '@opsloop/engines-embedded';
import { buildAlarmEvent, buildResource, createSkewedClock, createTempDir, eventually } from '@opsloop/testing';
import { alarmIn, createFakeChannel, define, publishAlarms, publishLogChange, startTelling, type TellingInstance } from '../telling-under-test.js';

const minute = 60_000;
const clock = createSkewedClock();
const mail = createFakeChannel();
let folder: ReturnType<typeof createTempDir>;
let documents: ReturnType<typeof createEmbeddedDocuments>;
let bus: ReturnType<typeof createEmbeddedBus>;
let running: TellingInstance | undefined;

async function start(): Promise<void> {
  running = await startTelling({ documents, bus, clock, channels: { mail } });
}

beforeAll(async () => {
  folder = createTempDir('evidence-');
  documents = createEmbeddedDocuments({ dataDir: folder.path, clock });
  bus = createEmbeddedBus({ dataDir: folder.path, clock, maxBytes: 2 ** 30 });
  await documents.start();
  await bus.start();
  await define(documents, 'Receiver', 'ops-mail', { channel: 'mail', to: ['ops@example.com'], language: 'en' });
  await define(documents, 'Playbook', 'mw.nginx.restart', { for: { class: 'MW', software: 'nginx' }, steps: [{ id: 'restart', uses: 'local', run: ['true'] }] });
  await start();
});

afterAll(async () => {
  await running?.stop();
  await bus.stop(1_000);
  await documents.stop(1_000);
  folder.remove();
});

const publishChange = (host: string, template: string, options: Partial<Parameters<typeof publishLogChange>[3]> = {}) => publishLogChange(bus, host, template, { atMs: clock.now(), ...options });
const open = (host: string, parts = {}) => publishAlarms(bus, buildAlarmEvent('alarm.opened', { occurrence: `default/on-${host}`, resource: buildResource({ uid: host }), resourceName: host, atMs: clock.now(), pendingSinceMs: clock.now() - minute, ...parts }));
const templatesOf = async (host: string) => (await alarmIn(documents, `default/on-${host}`))?.evidence?.templates.map((one) => one.template);

it('attaches the templates that changed before the alarm, also when action was restarted in between, and the mail tells of them', async () => {
  await publishChange('web-1', 'worker <*> exited on signal <*>');
  await publishChange('web-1', 'hours ago', { atMs: clock.now() - 3 * 3_600_000 });
  await publishChange('elsewhere', 'of another host');
  await eventually('the changes are read', async () => (await documents.collection(collections.logChanges).find({}, { limit: 10 })).items.length === 3);
  await running!.stop();
  await start();
  await open('web-1');
  await eventually('they are attached', async () => (await templatesOf('web-1')) !== undefined);
  expect(await templatesOf('web-1')).toEqual(['worker <*> exited on signal <*>']);
  expect((await alarmIn(documents, 'default/on-web-1'))?.evidence?.playbooks).toEqual([{ name: 'mw.nginx.restart', because: 'software', of: 'nginx' }]);
  await eventually('the mail', () => mail.sent.length > 0);
  for (const part of [mail.sent[0]!.text, mail.sent[0]!.html]) for (const words of ['worker', 'exited on signal', 'mw.nginx.restart']) expect(part).toContain(words);
});

it('attaches what changes shortly after, on the host and in its cluster, and nothing later', async () => {
  const attributes = { cluster: 'k1' };
  await open('web-2', { attributes: { host: 'web-2', ...attributes } });
  await eventually('the alarm', async () => (await alarmIn(documents, 'default/on-web-2')) !== undefined);
  await publishChange('web-2', 'much later', { atMs: clock.now() + 30 * minute });
  await publishChange('db-1', 'deadlock', { attributes });
  await publishChange('web-2', 'out of memory', { attributes });
  await eventually('both are attached', async () => (await templatesOf('web-2'))?.length === 2);
  expect(await templatesOf('web-2')).toEqual(['out of memory', 'deadlock']);
});

it('tells of each alarm which resources moved with it, and which moved first', async () => {
  const at = clock.now() + 5 * 3_600_000;
  await open('first', { pendingSinceMs: at, atMs: at + minute });
  await open('second', { pendingSinceMs: at + 2 * minute, atMs: at + 3 * minute });
  const moved = async (host: string) => (await alarmIn(documents, `default/on-${host}`))?.evidence?.moved.map((one) => [one.resourceName, one.onsetMs - at]);
  await eventually('both know of each other', async () => (await moved('first')) !== undefined && (await moved('second')) !== undefined);
  expect([await moved('first'), await moved('second')]).toEqual([[['second', 2 * minute]], [['first', 0]]]);
});
