import { topics } from '@opsloop/contracts';
import { eventually } from '../eventually.js';
import { edgeTopic, suiteTopic, type BusUnderTest, type CreateBus } from './bus-under-test.js';
import { collectRecords, textRecord } from './collect-records.js';

/** For engines whose log lies on this machine and has a size that it may reach. */
export function describeBusLimit(create: CreateBus): void {
  describe('a limit of size', () => {
    let under: BusUnderTest;
    afterEach(async () => under.destroy());

    test('a log above its limit: the edge is pushed back, the inside goes on and drains it', async () => {
      under = await create({ maxBytes: 3 * 2 ** 20 });
      const group = await collectRecords(under.bus, edgeTopic, 'g', { commit: false });
      await collectRecords(under.bus, suiteTopic, 'inside');
      const value = new Uint8Array(100_000);
      let published = 0;
      const fill = async () => {
        for (; !under.bus.isFull() && published < 200; published++) await under.bus.publish(edgeTopic, [{ key: `default/${published}`, value }]);
      };
      await fill();
      expect([under.bus.isFull(), published < 200]).toEqual([true, true]);
      await under.bus.publish(edgeTopic, [{ key: 'tick', value: new Uint8Array(), partition: 0 }]);
      published++;
      await under.bus.publish(suiteTopic, [textRecord('default/a', 'inside')]);
      await eventually('all that was taken', () => group.delivered.length === published);
      for (const [partition, position] of new Map(group.delivered.map((one) => [one.partition, one.record.position]))) await group.subscription.commit(partition, position);
      await eventually('room again', () => !under.bus.isFull(), 10_000);
      const before = published;
      await fill();
      expect(published - before).toBeGreaterThan(10);
    });

    test('a log that is full of one topic is freed by the one that makes another topic of it', async () => {
      const { topic, fill } = await createFull();
      const counted = await collectRecords(under.bus, edgeTopic, 'counted');
      let taken = 0;
      await collectRecords(under.bus, topic, 'counter', {
        async before(_partition, records) {
          await under.bus.publish(edgeTopic, records.map(({ key }) => textRecord(key, 'count')));
          taken += records.length;
        },
      });
      await eventually('room again', () => !under.bus.isFull(), 10_000);
      await eventually('all counts', () => taken > 0 && counted.delivered.length >= taken);
      expect(await fill(1)).toBe(1);
    });

    test('a topic of the edge that holds far more than the limit takes ticks alone, others go on', async () => {
      const { topic, fill } = await createFull();
      expect(await fill(200)).toBeLessThan(40);
      await expect(under.bus.publish(topic, [textRecord('default/x', 'more')])).rejects.toMatchObject({ name: 'EngineError', retryable: true });
      await under.bus.publish(topic, [{ key: 'tick', value: new Uint8Array(), partition: 0 }]);
      await under.bus.publish(edgeTopic, [textRecord('default/x', 'more')]);
    });

    /** Full of a topic that nobody has read yet. */
    async function createFull() {
      const topic = topics.logs.name;
      under = await create({ maxBytes: 3 * 2 ** 20 });
      const value = new Uint8Array(100_000);
      /** How many of `count` records were taken. */
      const fill = async (count: number) => {
        let taken = 0;
        for (let i = 0; i < count; i++) taken += await under.bus.publish(topic, [{ key: `default/${i}`, value }]).then(() => 1, () => 0);
        return taken;
      };
      while (!under.bus.isFull()) await fill(1);
      return { topic, fill };
    }
  });
}
