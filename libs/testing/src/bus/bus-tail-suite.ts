import type { BusRecord, TailFrom } from '@opsloop/ports';
import { eventually, pause } from '../eventually.js';
import { suiteTopic, type BusUnderTest, type CreateBus } from './bus-under-test.js';
import { collectRecords, numbers, textRecord } from './collect-records.js';

/** Reading without a group. */
export function describeBusTail(create: CreateBus): void {
  describe('tail', () => {
    let under: BusUnderTest;
    beforeEach(async () => {
      under = await create();
    });
    afterEach(async () => under.destroy());

    async function follow(from: TailFrom) {
      const seen: { partition: number; record: BusRecord }[] = [];
      const { stop } = await under.bus.tail(suiteTopic, from, (partition, records) => void seen.push(...records.map((record) => ({ partition, record }))));
      return { seen, stop, texts: () => seen.map(({ record }) => Buffer.from(record.value).toString()) };
    }

    test('from the oldest, from the latest, and on in order', async () => {
      await under.bus.publish(suiteTopic, numbers(0, 5).map((text) => textRecord('default/a', text)));
      const [oldest, latest] = [await follow('oldest'), await follow('latest')];
      await under.bus.publish(suiteTopic, numbers(5, 8).map((text) => textRecord('default/a', text)));
      await eventually('all eight', () => oldest.seen.length === 8 && latest.seen.length === 3);
      expect([oldest.texts(), latest.texts()]).toEqual([numbers(0, 8), numbers(5, 8)]);
    });

    test('from an arrival time, also after a restart', async () => {
      for (const text of numbers(0, 6)) {
        await under.bus.publish(suiteTopic, [textRecord(`default/${text}`, text)]);
        under.skip(60_000);
      }
      const all = await follow('oldest');
      await eventually('all six', () => all.seen.length === 6);
      const arrivals = all.seen.map(({ record }) => record.arrivalMs).toSorted((a, b) => a - b);
      await under.reopen();
      const some = await follow({ arrivalMs: arrivals[3]! });
      await eventually('the last three', () => some.seen.length === 3);
      await pause(50);
      expect(some.texts().toSorted()).toEqual(numbers(3, 6));
    });

    test('from behind a position per partition, also after a restart', async () => {
      await under.bus.publish(suiteTopic, numbers(0, 40).map((text) => textRecord(`default/${text}`, text)));
      const before = await follow('oldest');
      await eventually('all', () => before.seen.length === 40);
      const middle = before.seen.slice(0, 25);
      const positions: Record<number, number> = {};
      for (const { partition, record } of before.seen.toReversed()) positions[partition] = record.position - 1;
      for (const { partition, record } of middle) positions[partition] = record.position;
      await under.reopen();
      const after = await follow({ positions });
      await eventually('the rest', () => after.seen.length === 15);
      await pause(50);
      expect(after.texts().toSorted()).toEqual(before.texts().slice(25).toSorted());
      // Partitions that are not named start with what comes.
      const [{ partition, record }] = before.seen.slice(-1) as [(typeof before.seen)[0]];
      const last = await follow({ positions: { [partition]: record.position - 1 } });
      await eventually('the last one', () => last.seen.length === 1);
      await under.bus.publish(suiteTopic, numbers(40, 60).map((text) => textRecord(`default/${text}`, text)));
      await eventually('what comes', () => last.seen.length === 21);
    });

    test('commits nothing: a group that comes later gets everything', async () => {
      await under.bus.publish(suiteTopic, numbers(0, 3).map((text) => textRecord('default/a', text)));
      const tail = await follow('oldest');
      await eventually('the tail', () => tail.seen.length === 3);
      expect(await under.bus.lag()).toEqual([]);
      const group = await collectRecords(under.bus, suiteTopic, 'g');
      await eventually('the group', () => group.delivered.length === 3);
    });

    test('ends with stop, and survives a reader that throws', async () => {
      const texts: string[] = [];
      const { stop } = await under.bus.tail(suiteTopic, 'latest', (_partition, records) => {
        texts.push(...records.map(({ value }) => Buffer.from(value).toString()));
        if (texts.length === 1) throw new Error('a reader failed');
      });
      for (const text of ['a', 'b']) await under.bus.publish(suiteTopic, [textRecord('default/a', text)]);
      await eventually('both', () => texts.length === 2);
      await stop();
      await stop();
      await under.bus.publish(suiteTopic, [textRecord('default/a', 'c')]);
      await pause(50);
      expect(texts).toEqual(['a', 'b']);
    });
  });
}
