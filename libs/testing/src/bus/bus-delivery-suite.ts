import { deadLetterTopic, partitionsOf } from '@opsloop/contracts';
import { partitionOf, type BusRecord } from '@opsloop/ports';
import { eventually, pause } from '../eventually.js';
import { suiteTopic, type BusUnderTest, type CreateBus } from './bus-under-test.js';
import { collectRecords, numbers, textRecord } from './collect-records.js';

/** Records reach every group whole, in order, and again until they are committed. */
export function describeBusDelivery(create: CreateBus): void {
  describe('delivery', () => {
    let under: BusUnderTest;
    beforeEach(async () => {
      under = await create();
    });
    afterEach(async () => under.destroy());

    test('hands every record to every group with key, headers, bytes, arrival and a rising position', async () => {
      const value = Uint8Array.from({ length: 256 }, (_, i) => i);
      const groups = [await collectRecords(under.bus, suiteTopic, 'one'), await collectRecords(under.bus, suiteTopic, 'two')];
      await under.bus.publish(suiteTopic, [{ key: 'default/ä', value, headers: { reason: 'größer', empty: '' }, arrivalMs: 1234.5 }, { key: 'default/ä', value: new Uint8Array() }]);
      for (const { delivered } of groups) {
        await eventually('both records', () => delivered.length === 2);
        const [first, second] = delivered.map(({ record }) => record) as [BusRecord, BusRecord];
        expect([first.key, first.headers, first.arrivalMs]).toEqual(['default/ä', { reason: 'größer', empty: '' }, 1234.5]);
        expect(Uint8Array.from(first.value)).toEqual(value);
        expect([second.value.length, second.headers]).toEqual([0, {}]);
        expect(Math.abs(second.arrivalMs - Date.now())).toBeLessThan(10_000);
        expect(second.position).toBeGreaterThan(first.position);
        expect(delivered[0]!.partition).toBe(partitionOf('default/ä', partitionsOf(suiteTopic)));
      }
    });

    test('keeps the order of each key under concurrent publishing', async () => {
      const { texts, delivered } = await collectRecords(under.bus, suiteTopic, 'order');
      const keys = numbers(0, 20).map((name) => `default/${name}`);
      await Promise.all(numbers(0, 50).flatMap((text) => keys.map((key) => under.bus.publish(suiteTopic, [textRecord(key, text)]))));
      await eventually('all records', () => delivered.length === 1_000);
      for (const key of keys) expect(texts(key)).toEqual(numbers(0, 50));
    });

    test('takes values from 0 bytes to 1 MiB, each as it was when its publish resolved', async () => {
      const { delivered } = await collectRecords(under.bus, suiteTopic, 'sizes');
      const sizes = [0, 1, 7, 8, 4_095, 65_536, 2 ** 20];
      for (const size of sizes) {
        const value = new Uint8Array(size).fill(size % 251);
        await under.bus.publish(suiteTopic, [{ key: 'default/size', value }]);
        value.fill(255);
      }
      await eventually('all sizes', () => delivered.length === sizes.length);
      expect(delivered.map(({ record }) => record.value.length)).toEqual(sizes);
      expect(delivered.every(({ record }, i) => record.value.every((byte) => byte === sizes[i]! % 251))).toBe(true);
    });

    test('obeys a partition that is asked for, and keeps dead letters beside their topic', async () => {
      const { delivered } = await collectRecords(under.bus, suiteTopic, 'ticks');
      const dead = await collectRecords(under.bus, deadLetterTopic(suiteTopic), 'dead');
      for (let partition = 0; partition < partitionsOf(suiteTopic); partition++) await under.bus.publish(suiteTopic, [{ ...textRecord('tick', partition), partition }]);
      await under.bus.publish(deadLetterTopic(suiteTopic), [textRecord('default/x', 'broken')]);
      await eventually('a tick each', () => delivered.length === partitionsOf(suiteTopic) && dead.delivered.length === 1);
      expect(delivered.every(({ partition, text }) => String(partition) === text)).toBe(true);
    });

    test.each([
      ['an unknown topic', 'no-such-topic.v1', { key: 'default/a' }],
      ['a partition that is not there', suiteTopic, { key: 'default/a', partition: 99 }],
      ['a partition that is no number', suiteTopic, { key: 'default/a', partition: 0.5 }],
      ['no key', suiteTopic, { key: '' }],
    ])('refuses %s for good', async (_what, topic, record) => {
      await expect(under.bus.publish(topic, [{ value: new Uint8Array(1), ...record }])).rejects.toMatchObject({ name: 'EngineError', retryable: false });
    });

    test('goes on behind what a group has committed, and again with what it has not', async () => {
      const first = await collectRecords(under.bus, suiteTopic, 'g');
      await under.bus.publish(suiteTopic, numbers(0, 10).map((text) => textRecord('default/a', text)));
      await eventually('the first ten', () => first.delivered.length === 10);
      await under.bus.publish(suiteTopic, numbers(10, 20).map((text) => textRecord('default/a', text)));
      await eventually('twenty', () => first.delivered.length === 20);
      const { partition } = first.delivered[0]!;
      await under.reopen();
      const second = await collectRecords(under.bus, suiteTopic, 'g', { commit: false });
      await under.bus.publish(suiteTopic, [textRecord('default/a', 'new')]);
      await eventually('what is new', () => second.delivered.length > 0);
      expect(second.texts()).toEqual(['new']);
      await under.reopen();
      const third = await collectRecords(under.bus, suiteTopic, 'g', { commit: false });
      await eventually('what was not committed', () => third.delivered.length > 0);
      expect(third.texts()).toEqual(['new']);
      expect(third.delivered[0]!.record.position).toBe(second.delivered[0]!.record.position);
      await third.subscription.commit(partition, third.delivered[0]!.record.position);
    });

    test('a commit in one partition leaves what was committed in the others, also after a restart', async () => {
      const publish = (partition: number, text: string) => under.bus.publish(suiteTopic, [{ ...textRecord('default/a', text), partition }]);
      for (const text of ['a', 'b', 'c']) {
        const group = await collectRecords(under.bus, suiteTopic, 'g');
        for (const partition of [0, 1]) await publish(partition, text);
        await eventually('both', () => group.delivered.length === 2);
        await group.subscription.stop();
      }
      for (const text of ['d', 'e']) {
        await under.reopen();
        const group = await collectRecords(under.bus, suiteTopic, 'g');
        await publish(0, text);
        await eventually('the new one', () => group.delivered.length > 0);
        await pause(50);
        expect(group.texts()).toEqual([text]);
        await group.subscription.stop();
      }
    });

    test('tells where a partition ends: behind all that is there, before all that comes, also after a restart', async () => {
      const publish = (text: string) => under.bus.publish(suiteTopic, [{ ...textRecord('default/a', text), partition: 2 }]);
      const { delivered } = await collectRecords(under.bus, suiteTopic, 'g');
      const ends = [await under.bus.nextPosition(suiteTopic, 2)];
      for (const text of ['a', 'b']) {
        await publish(text);
        await eventually('it', () => delivered.length === ends.length);
        ends.push(await under.bus.nextPosition(suiteTopic, 2));
      }
      for (const [i, { record }] of delivered.entries()) expect([record.position >= ends[i]!, record.position < ends[i + 1]!]).toEqual([true, true]);
      await under.reopen();
      expect([await under.bus.nextPosition(suiteTopic, 2), await under.bus.nextPosition(suiteTopic, 3)]).toEqual([ends[2], ends[0]]);
      await expect(under.bus.nextPosition(suiteTopic, 99)).rejects.toMatchObject({ name: 'EngineError', retryable: false });
    });

    test('commits within a batch: the rest of it comes again', async () => {
      await under.bus.publish(suiteTopic, numbers(0, 10).map((text) => textRecord('default/a', text)));
      const first = await collectRecords(under.bus, suiteTopic, 'g', { commit: false });
      await eventually('ten', () => first.delivered.length === 10);
      const { partition, record } = first.delivered[3]!;
      await first.subscription.commit(partition, record.position);
      await under.reopen();
      const second = await collectRecords(under.bus, suiteTopic, 'g');
      await eventually('the rest', () => second.delivered.length >= 6);
      expect(second.texts()).toEqual(numbers(4, 10));
    });

    test('starts a new group at the oldest record', async () => {
      await under.bus.publish(suiteTopic, numbers(0, 5).map((text) => textRecord('default/a', text)));
      const { texts, delivered } = await collectRecords(under.bus, suiteTopic, 'late');
      await eventually('all five', () => delivered.length === 5);
      expect(texts()).toEqual(numbers(0, 5));
    });

    test('delivers a batch again when its handler fails, while other partitions go on', async () => {
      let failures = 0;
      const { texts, delivered } = await collectRecords(under.bus, suiteTopic, 'g', {
        before(partition) {
          if (partition === 1 && failures++ < 3) throw new Error('not yet');
        },
      });
      await under.bus.publish(suiteTopic, [{ ...textRecord('default/bad', 'first'), partition: 1 }]);
      await under.bus.publish(suiteTopic, [{ ...textRecord('default/good', 'other'), partition: 2 }, { ...textRecord('default/bad', 'second'), partition: 1 }]);
      await eventually('the other partition', () => texts('default/good').length === 1);
      expect(texts('default/bad')).toEqual([]);
      await eventually('both of the failing one', () => delivered.length === 3);
      expect(texts('default/bad')).toEqual(['first', 'second']);
      expect(failures).toBeGreaterThanOrEqual(4);
    });

    test('waits for a handler before it hands out the next batch of its partition', async () => {
      let running = 0;
      let most = 0;
      const { delivered } = await collectRecords(under.bus, suiteTopic, 'slow', {
        async before() {
          most = Math.max(most, ++running);
          await pause(20);
          running--;
        },
      });
      for (const text of numbers(0, 10)) await under.bus.publish(suiteTopic, [{ ...textRecord('default/a', text), partition: 0 }]);
      await eventually('all ten', () => delivered.length === 10);
      expect(most).toBe(1);
    });

    test('stops: no more batches, the running handler is waited for, its signal aborted', async () => {
      let release: (() => void) | undefined;
      let aborted = false;
      const { delivered, subscription } = await collectRecords(under.bus, suiteTopic, 'g', {
        before: (_partition, _records, signal) =>
          new Promise((resolve) => {
            release = resolve;
            signal.addEventListener('abort', () => (aborted = true));
          }),
      });
      await under.bus.publish(suiteTopic, [textRecord('default/a', 'running')]);
      await eventually('the handler', () => release !== undefined);
      let stopped = false;
      const stopping = subscription.stop().then(() => (stopped = true));
      await under.bus.publish(suiteTopic, [textRecord('default/a', 'after')]);
      await pause(50);
      expect([aborted, stopped]).toEqual([true, false]);
      release!();
      await stopping;
      await subscription.stop();
      expect(delivered.map(({ text }) => text)).toEqual(['running']);
    });

    test('counts what each group has not committed', async () => {
      const done = await collectRecords(under.bus, suiteTopic, 'done');
      await collectRecords(under.bus, suiteTopic, 'idle', { commit: false });
      await under.bus.publish(suiteTopic, numbers(0, 30).map((text) => textRecord(`default/${text}`, text)));
      await eventually('all records', () => done.delivered.length === 30);
      const lagOf = async (group: string) => (await under.bus.lag()).filter((one) => one.topic === suiteTopic && one.group === group).reduce((sum, one) => sum + one.records, 0);
      await eventually('no lag of the group that commits', async () => (await lagOf('done')) === 0);
      expect(await lagOf('idle')).toBe(30);
      await under.reopen();
      expect([await lagOf('done'), await lagOf('idle')]).toEqual([0, 30]);
    });
  });
}
