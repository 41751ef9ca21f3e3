import { partitionsOf } from '@opsloop/contracts';
import { eventually, pause } from '../eventually.js';
import { suiteTopic, type BusUnderTest, type CreateBus } from './bus-under-test.js';
import { collectRecords, numbers, textRecord } from './collect-records.js';

/** Members of one group share the partitions. */
export function describeBusGroups(create: CreateBus): void {
  describe('groups', () => {
    let under: BusUnderTest;
    const partitions = partitionsOf(suiteTopic);
    const onePerPartition = (text: string) => Array.from({ length: partitions }, (_, partition) => ({ ...textRecord(`default/${partition}`, text), partition }));
    beforeEach(async () => {
      under = await create();
    });
    afterEach(async () => under.destroy());

    test('no record goes to both members, and each goes to one', async () => {
      const members = [await collectRecords(under.bus, suiteTopic, 'g'), await collectRecords(under.bus, suiteTopic, 'g')];
      await eventually('a share each', () => members.every(({ assigned }) => assigned.size === partitions / 2));
      for (const text of numbers(0, 50)) await under.bus.publish(suiteTopic, onePerPartition(text));
      await eventually('all records', () => members.reduce((sum, { delivered }) => sum + delivered.length, 0) >= 50 * partitions);
      await pause(50);
      const all = members.flatMap(({ delivered }) => delivered.map(({ partition, text }) => `${partition}:${text}`));
      expect(new Set(all).size).toBe(50 * partitions);
      expect(all).toHaveLength(50 * partitions);
      for (const { delivered } of members) expect(new Set(delivered.map(({ partition }) => partition)).size).toBe(partitions / 2);
    });

    test('a member that leaves hands over: nothing is lost, order stays', async () => {
      const [first, second] = [await collectRecords(under.bus, suiteTopic, 'g'), await collectRecords(under.bus, suiteTopic, 'g')];
      for (const text of numbers(0, 20)) await under.bus.publish(suiteTopic, onePerPartition(text));
      await first.subscription.stop();
      expect(first.assigned.size).toBe(0);
      for (const text of numbers(20, 40)) await under.bus.publish(suiteTopic, onePerPartition(text));
      await eventually('the other member has all partitions', () => second.assigned.size === partitions);
      await eventually('all records', () => first.delivered.length + second.delivered.length >= 40 * partitions);
      for (let partition = 0; partition < partitions; partition++) {
        const texts = [...first.texts(`default/${partition}`), ...second.texts(`default/${partition}`)];
        expect(texts).toEqual(numbers(0, 40));
      }
    });

    test('the next member gets a partition only when the handler of the last one has ended', async () => {
      let release: (() => void) | undefined;
      let signalled = false;
      const events: string[] = [];
      const first = await collectRecords(under.bus, suiteTopic, 'g', {
        async before(_partition, _records, signal) {
          await new Promise<void>((resolve) => {
            release = resolve;
            signal.addEventListener('abort', () => (signalled = true));
          });
          events.push('first is done');
        },
        onLost: () => void events.push('first lost it'),
        commit: false,
      });
      await under.bus.publish(suiteTopic, [{ ...textRecord('default/a', 'x'), partition: 0 }]);
      await eventually('the handler runs', () => release !== undefined);
      const stopping = first.subscription.stop();
      const second = await collectRecords(under.bus, suiteTopic, 'g', { before: () => void events.push('second has it') });
      await eventually('the signal', () => signalled);
      await pause(50);
      expect(second.delivered).toEqual([]);
      release!();
      await stopping;
      await eventually('the second member', () => second.delivered.length === 1);
      expect(events.filter((event) => event !== 'first lost it')).toEqual(['first is done', 'second has it']);
      expect(events.indexOf('first lost it')).toBeLessThan(events.indexOf('second has it'));
    });

    test('a member may commit while it loses a partition, and not afterwards', async () => {
      const first = await collectRecords(under.bus, suiteTopic, 'g', {
        commit: false,
        onLost: async (partition) => {
          const last = first.delivered.findLast((one) => one.partition === partition);
          if (last) await first.subscription.commit(partition, last.record.position);
        },
      });
      await under.bus.publish(suiteTopic, [{ ...textRecord('default/a', 'x'), partition: 0 }]);
      await eventually('the record', () => first.delivered.length === 1);
      await first.subscription.stop();
      await expect(first.subscription.commit(0, first.delivered[0]!.record.position)).rejects.toMatchObject({ name: 'EngineError', retryable: true });
      const second = await collectRecords(under.bus, suiteTopic, 'g');
      await under.bus.publish(suiteTopic, [{ ...textRecord('default/a', 'y'), partition: 0 }]);
      await eventually('the next record', () => second.delivered.length > 0);
      expect(second.texts()).toEqual(['y']);
    });

    test('a member whose onAssigned fails gets no batch before it succeeds', async () => {
      let tries = 0;
      const texts: string[] = [];
      await under.bus.subscribe(suiteTopic, 'g', {
        async onAssigned(partition) {
          if (partition === 0 && ++tries < 3) throw new Error('the checkpoint store is down');
        },
        async onBatch(_partition, records) {
          texts.push(`${tries}:${Buffer.from(records[0]!.value).toString()}`);
        },
      });
      await under.bus.publish(suiteTopic, [{ ...textRecord('default/a', 'x'), partition: 0 }]);
      await eventually('the record', () => texts.length === 1);
      expect(texts).toEqual(['3:x']);
    });
  });
}
