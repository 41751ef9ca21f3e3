import { createInterface } from 'node:readline';
import { partitionsOf } from '@opsloop/contracts';
import { eventually, pause } from '../eventually.js';
import { edgeTopic, suiteTopic, type BusUnderTest, type CreateBus } from './bus-under-test.js';
import { collectRecords, numbers, textRecord } from './collect-records.js';

/** Kills, outages, members that are away. */
export function describeBusFaults(create: CreateBus): void {
  describe('faults', () => {
    let under: BusUnderTest;
    afterEach(async () => under.destroy());

    /** Everything that is kept of each key; order holds within a partition alone, so each of them gets an end of its own. */
    async function readAll(): Promise<Map<string, number[]>> {
      const found = new Map<string, number[]>();
      const open = new Set(Array.from({ length: partitionsOf(suiteTopic) }, (_, partition) => partition));
      await under.bus.publish(suiteTopic, [...open].map((partition) => ({ ...textRecord('default/end', 'end'), partition })));
      const { stop } = await under.bus.tail(suiteTopic, 'oldest', (partition, records) => {
        for (const { key, value } of records) {
          if (key === 'default/end') open.delete(partition);
          else found.set(key, [...(found.get(key) ?? []), Number(Buffer.from(value).toString())]);
        }
      });
      await eventually('the end of the log', () => open.size === 0, 20_000);
      await stop();
      return found;
    }

    test.each([1, 40, 97, 211, 404])('kill -9 at acknowledgement %i: what was acknowledged is there once, in order', async (count) => {
      under = await create();
      await under.stop();
      const acknowledged = new Map<string, number[]>();
      const publisher = under.spawnPublisher();
      let seen = 0;
      const lines = createInterface({ input: publisher.stdout! });
      lines.on('line', (line) => {
        if (++seen === count) publisher.kill('SIGKILL');
        const [key, value] = line.split(' ') as [string, string];
        acknowledged.set(key, [...(acknowledged.get(key) ?? []), Number(value)]);
      });
      await new Promise((resolve) => lines.once('close', resolve));
      await under.reopen();
      const found = await readAll();
      expect(seen).toBeGreaterThanOrEqual(count);
      for (const [key, values] of acknowledged) {
        const kept = found.get(key) ?? [];
        // Without gap, repetition or disorder; records whose answer was cut off may be there.
        expect(kept).toEqual(kept.map((_, i) => i));
        expect(kept.length).toBeGreaterThanOrEqual(values.length);
      }
    });

    test('an engine that fails for a while: publishers are told to try again, subscribers pause, nothing is lost', async () => {
      under = await create();
      const { delivered, texts } = await collectRecords(under.bus, suiteTopic, 'g');
      const publish = async (text: string) => {
        for (;;) {
          try {
            return await under.bus.publish(suiteTopic, [{ ...textRecord('default/a', text), partition: 0 }]);
          } catch (error) {
            if (!(error instanceof Error) || !('retryable' in error) || error.retryable !== true) throw error;
            refused++;
            await pause(20);
          }
        }
      };
      let refused = 0;
      for (const text of numbers(0, 10)) await publish(text);
      await under.outage.begin();
      const publishing = (async () => {
        for (const text of numbers(10, 20)) await publish(text);
      })();
      await eventually('refusals', () => refused > 0);
      await under.outage.end();
      await publishing;
      await eventually('the last record', () => texts().includes('19'), 15_000);
      expect([...new Set(delivered.map(({ text }) => text))]).toEqual(numbers(0, 20));
    });

    test('retention: nothing goes that a known group has not passed, even while it is away', async () => {
      under = await create();
      const away = await collectRecords(under.bus, edgeTopic, 'away', { commit: false });
      await away.subscription.stop();
      const quick = await collectRecords(under.bus, edgeTopic, 'quick');
      await under.bus.publish(edgeTopic, numbers(0, 200).map((text) => textRecord('default/a', text)));
      await eventually('the quick group', () => quick.delivered.length === 200);
      under.skip(20 * 3_600_000);
      await pause(2_500);
      await under.reopen();
      const back = await collectRecords(under.bus, edgeTopic, 'away');
      await eventually('everything, for the group that was away', () => back.delivered.length === 200);
      expect(back.texts()).toEqual(numbers(0, 200));
    });
  });
}
