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
      await expect(under.bus.publish(edgeTopic, [{ key: 'default/x', value }])).rejects.toMatchObject({ name: 'EngineError', retryable: true });
      await under.bus.publish(suiteTopic, [textRecord('default/a', 'inside')]);
      await eventually('all that was taken', () => group.delivered.length === published);
      for (const [partition, position] of new Map(group.delivered.map((one) => [one.partition, one.record.position]))) await group.subscription.commit(partition, position);
      await eventually('room again', () => !under.bus.isFull(), 10_000);
      const before = published;
      await fill();
      expect(published - before).toBeGreaterThan(10);
    });
  });
}
