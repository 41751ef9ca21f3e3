import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { topics } from '@opsloop/contracts';
import { createEmbeddedBus, type EmbeddedBus } from '@opsloop/engines-embedded';
import { busConformance, collectRecords, createSkewedClock, createTempDir, describeBusLimit, eventually, failWrites, numbers, pause, suiteTopic, textRecord, type BusUnderTest, type CreateBusOptions } from '@opsloop/testing';

const publisherScript = `
import { createEmbeddedBus } from '${pathToFileURL(createRequire(import.meta.url).resolve('@opsloop/engines-embedded')).href}';
const clock = { now: Date.now, monotonic: () => performance.now(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) };
const bus = createEmbeddedBus({ dataDir: process.argv[2], clock, maxBytes: 2 ** 30, faultPoint: process.argv[3] });
await bus.start();
await Promise.all(Array.from({ length: 8 }, async (_, key) => {
  for (let value = 0; ; value++) {
    await bus.publish('alarms.v1', [{ key: 'default/' + key, value: Buffer.from(String(value)) }]);
    process.stdout.write('default/' + key + ' ' + value + '\\n');
  }
}));
`;

interface EmbeddedBusUnderTest extends BusUnderTest {
  readonly dataDir: string;
  readonly troubles: readonly (Error | undefined)[];
  spawnPublisher(faultPoint?: string): ChildProcess;
}

async function createUnderTest({ maxBytes = 2 ** 30, tailBytes }: CreateBusOptions = {}): Promise<EmbeddedBusUnderTest> {
  const dir = createTempDir();
  const dataDir = join(dir.path, 'data');
  mkdirSync(dataDir);
  const clock = createSkewedClock();
  const troubles: (Error | undefined)[] = [];
  let bus = await open();
  let endOutage = (): void => undefined;

  async function open(): Promise<EmbeddedBus> {
    const opened = createEmbeddedBus({ dataDir, clock, maxBytes, ...(tailBytes === undefined ? {} : { tailBytes }), onTrouble: (error) => troubles.push(error) });
    await opened.start();
    return opened;
  }

  return {
    dataDir,
    troubles,
    get bus() {
      return bus;
    },
    async reopen() {
      await bus.stop(5_000);
      bus = await open();
    },
    stop: () => bus.stop(5_000),
    async destroy() {
      await bus.stop(5_000);
      dir.remove();
    },
    skip: clock.skip,
    spawnPublisher(faultPoint?: string) {
      const script = join(dir.path, 'publish.mjs');
      writeFileSync(script, publisherScript);
      return spawn(process.execPath, [script, dataDir, ...(faultPoint === undefined ? [] : [faultPoint])], { stdio: ['ignore', 'pipe', 'inherit'] });
    },
    outage: {
      begin: async () => void (endOutage = failWrites()),
      end: async () => endOutage(),
    },
  };
}

busConformance('the embedded bus', createUnderTest);
describe('the embedded bus', () => {
  describeBusLimit(createUnderTest);
});

describe('the embedded bus, beyond the port', () => {
  let under: EmbeddedBusUnderTest;
  afterEach(async () => under.destroy());

  test('a subscriber that has fallen out of memory reads from the file, whole and in order', async () => {
    under = await createUnderTest({ tailBytes: 100_000 });
    let open: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const slow = await collectRecords(under.bus, suiteTopic, 'slow', { before: () => gate });
    for (let i = 0; i < 60; i++) await under.bus.publish(suiteTopic, numbers(0, 8).map((key) => ({ key: `default/${key}`, value: Buffer.from(`${i}`.padEnd(5_000)) })));
    open!();
    await eventually('all of them', () => slow.delivered.length === 480);
    for (const key of numbers(0, 8)) expect(slow.texts(`default/${key}`).map((text) => text.trim())).toEqual(numbers(0, 60));
  });

  test.each([['bus.before-commit', 0], ['bus.after-commit', 1]])('a kill at %s: the commit is there whole or not at all', async (faultPoint, unacknowledgedCommits) => {
    under = await createUnderTest();
    await under.stop();
    const publisher = under.spawnPublisher(`${faultPoint}:20`);
    let output = '';
    publisher.stdout!.on('data', (chunk: Buffer) => (output += chunk));
    expect(await once(publisher, 'close')).toEqual([null, 'SIGKILL']);
    await under.reopen();
    const kept: string[] = [];
    await under.bus.tail(suiteTopic, 'oldest', (_partition, records) => void kept.push(...records.map(({ key, value }) => `${key} ${Buffer.from(value).toString()}`)));
    const acknowledged = output.trimEnd().split('\n');
    await eventually('what was acknowledged', () => kept.length >= acknowledged.length);
    await pause(100);
    expect(kept).toEqual(expect.arrayContaining(acknowledged));
    // Eight publishers, one record each: a commit holds at most eight.
    expect(kept.length - acknowledged.length).toBeLessThanOrEqual(8 * unacknowledgedCommits);
    expect(kept.length > acknowledged.length).toBe(unacknowledgedCommits > 0);
  });

  test('a log that lost its end: groups and followers get what comes, though its positions begin again', async () => {
    under = await createUnderTest();
    const { delivered, subscription } = await collectRecords(under.bus, suiteTopic, 'g');
    const publish = (text: string) => under.bus.publish(suiteTopic, [{ ...textRecord('default/a', text), partition: 0 }]);
    for (const text of numbers(0, 5)) await publish(text);
    await eventually('all', () => delivered.length === 5);
    await subscription.stop();
    const { position } = delivered.at(-1)!.record;
    await under.stop();
    rmSync(join(under.dataDir, 'bus', suiteTopic), { recursive: true });
    await under.reopen();
    expect(await under.bus.nextPosition(suiteTopic, 0)).toBeLessThanOrEqual(position);
    const group = await collectRecords(under.bus, suiteTopic, 'g');
    const followed: string[] = [];
    await under.bus.tail(suiteTopic, { positions: { 0: position } }, (_partition, records) => void followed.push(...records.map(({ value }) => Buffer.from(value).toString())));
    await publish('new');
    await eventually('the new one', () => group.delivered.length === 1 && followed.length === 1);
    expect([group.texts(), followed]).toEqual([['new'], ['new']]);
  });

  test('a disk that fails is told once, and once more when it works again, though nobody publishes', async () => {
    under = await createUnderTest();
    await under.bus.publish(suiteTopic, [textRecord('default/a', 'x')]);
    await under.outage.begin();
    for (let i = 0; i < 3; i++) await expect(under.bus.publish(suiteTopic, [textRecord('default/a', i)])).rejects.toMatchObject({ retryable: true });
    await expect((under.bus as EmbeddedBus).check()).rejects.toMatchObject({ retryable: true });
    await under.outage.end();
    await eventually('it works again', () => (under.bus as EmbeddedBus).check().then(() => true, () => false));
    expect(under.troubles.map((error) => error?.message)).toEqual([expect.stringMatching(/^the embedded bus: EIO: i\/o error, write \(.*\)$/), undefined]);
    await under.bus.publish(suiteTopic, [textRecord('default/a', 'y')]);
  });

  test('events stay a day for readers without a group, then their space is given back', async () => {
    under = await createUnderTest();
    const { delivered } = await collectRecords(under.bus, suiteTopic, 'g');
    const publishMany = async () => {
      for (let i = 0; i < 40; i++) await under.bus.publish(suiteTopic, [{ key: 'default/a', value: new Uint8Array(100_000) }]);
    };
    // Opened again: what is in memory counts for nothing.
    const kept = async (atLeast: number) => {
      await under.reopen();
      let count = 0;
      const { stop } = await under.bus.tail(suiteTopic, 'oldest', (_partition, records) => void (count += records.length));
      await eventually('what is kept', () => count >= atLeast);
      await pause(100);
      await stop();
      return count;
    };
    await publishMany();
    await eventually('delivered', () => delivered.length === 40);
    under.skip(23 * 3_600_000);
    await pause(1_500);
    expect(await kept(40)).toBe(40);
    under.skip(2 * 3_600_000);
    await eventually('all of it is deleted', async () => {
      await pause(1_500);
      return (await kept(0)) === 0;
    });
    const folder = join(under.dataDir, 'bus', suiteTopic);
    expect(readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)).toBeLessThan(100_000);
    const again = await collectRecords(under.bus, suiteTopic, 'g');
    await under.bus.publish(suiteTopic, [textRecord('default/a', 'after it')]);
    await eventually('the group goes on', () => again.delivered.length > 0);
    expect(again.texts()).toEqual(['after it']);
  });

  test('a clock that is set back does not keep what every group has passed', async () => {
    under = await createUnderTest();
    const topic = topics.raw.name;
    const { delivered } = await collectRecords(under.bus, topic, 'g');
    under.skip(365 * 86_400_000);
    await under.bus.publish(topic, [textRecord('default/a', 'in a year')]);
    under.skip(-365 * 86_400_000);
    for (let i = 0; i < 40; i++) await under.bus.publish(topic, [{ key: 'default/a', value: new Uint8Array(1_000_000) }]);
    await eventually('delivered', () => delivered.length === 41);
    const folder = join(under.dataDir, 'bus', topic);
    await eventually('its space is given back', () => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) < 1_000_000);
  });

  test('a start that was cut off while it marked its folder does not hinder the next one', async () => {
    under = await createUnderTest();
    await under.bus.publish(suiteTopic, [textRecord('default/a', 'x')]);
    await under.stop();
    const path = join(under.dataDir, 'bus', 'format');
    writeFileSync(path, '');
    await under.reopen();
    expect(readFileSync(path, 'utf8')).toBe('1\n');
    await under.stop();
    writeFileSync(path, '2\n');
    await expect(under.reopen()).rejects.toMatchObject({ retryable: false, message: expect.stringContaining('written by a newer Opsloop (format 2') });
  });

  test('files with another number of partitions than the topic has are refused, not misread', async () => {
    under = await createUnderTest();
    await under.bus.publish(topics.raw.name, [textRecord('default/a', 'x')]);
    await under.stop();
    const folder = join(under.dataDir, 'bus');
    renameSync(join(folder, topics.raw.name), join(folder, topics.alarms.name));
    await expect(under.reopen()).rejects.toMatchObject({ retryable: false, message: expect.stringMatching(/alarms.* was written with 16 partitions, this Opsloop knows 8: /) });
  });

  test('a group that nobody has joined for a day of running is forgotten, one that is joined is not', async () => {
    under = await createUnderTest();
    await (await collectRecords(under.bus, suiteTopic, 'renamed')).subscription.stop();
    await under.reopen();
    await collectRecords(under.bus, suiteTopic, 'used');
    await pause(1_200);
    under.skip(25 * 3_600_000);
    await eventually('it is forgotten', async () => !(await under.bus.lag()).some(({ group }) => group === 'renamed'));
    expect((await under.bus.lag()).some(({ group }) => group === 'used')).toBe(true);
  });

  test('refuses before start and after stop, and stops safely before start and twice', async () => {
    under = await createUnderTest();
    const bus = createEmbeddedBus({ dataDir: under.dataDir, clock: createSkewedClock(), maxBytes: 2 ** 30 });
    await bus.stop(100);
    await expect(bus.publish(suiteTopic, [textRecord('default/a', 'x')])).rejects.toMatchObject({ retryable: true });
    await under.stop();
    await under.stop();
    await expect(under.bus.publish(suiteTopic, [textRecord('default/a', 'x')])).rejects.toMatchObject({ retryable: true });
    await under.reopen();
  });
});
