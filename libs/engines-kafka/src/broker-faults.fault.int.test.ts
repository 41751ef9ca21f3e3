import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { eventually, numbers, collectRecords, pause, suiteTopic, textRecord } from '@opsloop/testing';
import { createKafkaUnderTest, describeOnKafka, useBrokers, type KafkaBusUnderTest } from './kafka-under-test.js';
import { readLimits } from './read/read-limits.js';

const keys = numbers(0, 8).map((name) => `default/${name}`);

/** Publishes 0, 1, 2 ... for each key until told to stop, each again until it is acknowledged. */
function keepPublishing(under: KafkaBusUnderTest) {
  let isOn = true;
  let refusals = 0;
  let longestMs = 0;
  const counts = new Map(keys.map((key) => [key, 0]));
  const running = Promise.all(keys.map(async (key, partition) => {
    for (let value = 0; isOn; value++) {
      const startMs = performance.now();
      for (;;) {
        try {
          await under.bus.publish(suiteTopic, [{ ...textRecord(key, value), partition }]);
          break;
        } catch (error) {
          expect(error).toMatchObject({ name: 'EngineError', retryable: true });
          refusals++;
          await pause(50);
        }
      }
      longestMs = Math.max(longestMs, performance.now() - startMs);
      counts.set(key, value + 1);
      await pause(10);
    }
  }));
  return {
    async stop() {
      isOn = false;
      await running;
      return { counts, refusals, longestMs: Math.round(longestMs) };
    },
  };
}

/** Of buffers that something still holds: collected until no more comes free, also of what ran before. */
async function heldBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let held = Infinity;
  for (let still = 0; still < 3; ) {
    collect();
    await pause(100);
    const { arrayBuffers } = process.memoryUsage();
    still = arrayBuffers < held ? 0 : still + 1;
    held = Math.min(held, arrayBuffers);
  }
  return held;
}

const isRising = (texts: readonly string[]) => [...new Set(texts)].every((text, i) => text === String(i));

describeOnKafka('faults of a lone broker', () => {
  const { cluster } = useBrokers({ brokers: 1 });
  let under: KafkaBusUnderTest;
  afterEach(async () => under.destroy());

  test('killed and started again in the middle of publishes: nothing acknowledged is lost, each key in order', async () => {
    under = await createKafkaUnderTest(cluster());
    const group = await collectRecords(under.bus, suiteTopic, 'g');
    const publishing = keepPublishing(under);
    await eventually('some records', () => group.delivered.length > 100, 20_000);
    await cluster().brokers[0]!.kill();
    await pause(1_000);
    await cluster().brokers[0]!.start();
    const before = group.delivered.length;
    await eventually('more records', () => group.delivered.length > before + 200, 40_000);
    const { counts } = await publishing.stop();
    for (const [key, count] of counts) await eventually(`all of ${key}`, () => new Set(group.texts(key)).size >= count, 20_000);
    for (const key of keys) expect(isRising(group.texts(key))).toBe(true);
    expect(under.troubles.at(-1)).toBeUndefined();
    await under.bus.check();
  }, 120_000);

  test('away for a while: it pauses, shows as lag, and goes on', async () => {
    under = await createKafkaUnderTest(cluster());
    let isDown = false;
    const group = await collectRecords(under.bus, suiteTopic, 'g', {
      before() {
        if (isDown) throw new Error('the metric store does not answer');
      },
    });
    const lag = async () => (await under.bus.lag()).filter((one) => one.group === 'g').reduce((sum, { records }) => sum + records, 0);
    await under.bus.publish(suiteTopic, [textRecord('default/a', 'first')]);
    await eventually('the first', () => group.delivered.length === 1, 10_000);
    isDown = true;
    await under.bus.publish(suiteTopic, numbers(0, 50).map((text) => textRecord('default/a', text)));
    await eventually('lag', async () => (await lag()) === 50);
    expect(group.delivered).toHaveLength(1);
    isDown = false;
    await eventually('all', () => group.delivered.length === 51, 15_000);
    await eventually('no lag', async () => (await lag()) === 0);
  }, 60_000);

  test('brokers that do not answer push publishers back when what may wait is full, and memory stays bounded', async () => {
    under = await createKafkaUnderTest(cluster(), { waitingBytesAtMost: 2 ** 20 });
    await under.bus.publish(suiteTopic, [textRecord('default/a', 'warm')]);
    await under.outage.begin();
    const value = new Uint8Array(100_000);
    const outcomes = await Promise.all(numbers(0, 50).map((name) => under.bus.publish(suiteTopic, [{ key: `default/${name}`, value }]).then(() => 'taken', (error: Error) => error.message)));
    await under.outage.end();
    // The eleventh reaches the limit; those after it are told at once.
    expect(outcomes.filter((one) => /bytes wait for Kafka/.test(one))).toHaveLength(39);
    await eventually('room again', () => !under.bus.isFull(), 15_000);
    await eventually('records are taken', () => under.bus.publish(suiteTopic, [textRecord('default/a', 'after')]).then(() => true, () => false), 20_000);
  }, 60_000);

  test('a subscriber that reads nothing of some partitions holds a bounded number of bytes, whatever flows beside them', async () => {
    under = await createKafkaUnderTest(cluster());
    let release: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const slow = [0, 1, 2];
    const read = new Map<number, number>();
    const subscription = await under.bus.subscribe(suiteTopic, 'slow', {
      async onBatch(partition, records) {
        if (slow.includes(partition)) await gate;
        read.set(partition, (read.get(partition) ?? 0) + records.length);
      },
    });
    const heldBefore = await heldBytes();
    const value = new Uint8Array(50_000);
    // A partition that flows, two that are full, and one whose few small records come in the answers of the others.
    for (let i = 0; i < 40; i++) {
      const full = [3, 0, 1].flatMap((partition) => numbers(0, 10).map(() => ({ key: 'default/a', value, partition })));
      await under.bus.publish(suiteTopic, [...full, { key: 'default/b', value: new Uint8Array(100), partition: 2 }]);
    }
    await eventually('all of the partition that flows', () => read.get(3) === 400, 20_000);
    // Nothing but time tells that no more is fetched.
    await pause(1_000);
    const perPartition = readLimits.batchBytes + readLimits.waitingBytes + 2 * readLimits.answerBytes + 2 * 10 * value.length;
    const held = (await heldBytes()) - heldBefore;
    expect(held).toBeGreaterThan(2 ** 20);
    expect(held).toBeLessThan(2 * perPartition);
    release!();
    await eventually('all of them', () => read.get(0) === 400 && read.get(1) === 400 && read.get(2) === 40, 20_000);
    await subscription.stop();
  }, 60_000);
});

describeOnKafka('faults of one of three brokers', () => {
  const { cluster } = useBrokers({ brokers: 3 });
  let under: KafkaBusUnderTest;
  afterEach(async () => under.destroy());

  test.each([0, 1, 2])('broker %i killed: publishers and groups go on with the other two, and another process starts', async (index) => {
    under = await createKafkaUnderTest(cluster(), { publishMs: 10_000 });
    const group = await collectRecords(under.bus, suiteTopic, 'g');
    const publishing = keepPublishing(under);
    await eventually('some records', () => group.delivered.length > 100, 30_000);
    await cluster().brokers[index]!.kill();
    await pause(1_000);
    const before = group.delivered.length;
    await eventually('records of every key, without it', () => keys.every((key) => group.delivered.slice(before).some((one) => one.key === key)), 40_000);
    await eventually('a start that misses it', async () => {
      // Until the others have noticed, they still send whoever asks to it.
      await under.openAnother().then((another) => another.stop(1_000), (error: Error) => expect(error).toMatchObject({ retryable: true }));
      return under.warnings.some((warning) => warning.startsWith('OPSLOOP_KAFKA_REPLICATION=3 needs as many brokers, and 2 are up'));
    }, 30_000);
    await cluster().brokers[index]!.start();
    const { counts, refusals, longestMs } = await publishing.stop();
    for (const [key, count] of counts) await eventually(`all of ${key}`, () => new Set(group.texts(key)).size >= count, 30_000);
    for (const key of keys) expect(isRising(group.texts(key))).toBe(true);
    process.stdout.write(`broker ${index + 1} of 3 killed: longest wait of a publisher ${longestMs} ms, ${refusals} refusals\n`);
  }, 180_000);
});
