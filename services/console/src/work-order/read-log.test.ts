import type { LogAnswer } from '@opsloop/contracts';
import { readLog, type ReadLog } from './read-log.js';

const chunk = (number: number): LogAnswer['items'][number] => ({ id: `log/${number}`, at: '', target: 't', job: 1, step: 's', attempt: 1, stream: 'stdout', text: `${number}\n` });

/** A log that grows, in pages of two, newest first. */
function createLog() {
  const asked: (string | undefined)[] = [];
  let count = 0;
  return {
    asked,
    grow: (by: number) => (count += by),
    async page(cursor: string | undefined): Promise<LogAnswer> {
      asked.push(cursor);
      const until = Number(cursor ?? count);
      const from = Math.max(0, until - 2);
      return { items: Array.from({ length: until - from }, (_, index) => chunk(until - 1 - index)), ...(from > 0 && { nextCursor: String(from) }) };
    },
  };
}

const numbers = (read: ReadLog): number[] => read.items.map((one) => Number(one.id.slice(4)));

test('tells every line once, in order, and reads on only to what is known', async () => {
  const log = createLog();
  log.grow(5);
  const first = await readLog(undefined, log.page, 100);
  expect(numbers(first)).toEqual([0, 1, 2, 3, 4]);
  log.grow(3);
  log.asked.length = 0;
  const second = await readLog(first, log.page, 100);
  expect(numbers(second)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(log.asked).toEqual([undefined, '6']);
  expect(numbers(await readLog(second, log.page, 100))).toEqual(numbers(second));
});

test('of a long log the newest lines are there, and it says that older ones are not', async () => {
  const log = createLog();
  log.grow(9);
  const read = await readLog(undefined, log.page, 4);
  expect([numbers(read), read.cut]).toEqual([[5, 6, 7, 8], true]);
  log.grow(3);
  const later = await readLog(read, log.page, 4);
  expect([numbers(later), later.cut]).toEqual([[8, 9, 10, 11], true]);
  log.grow(20);
  expect(numbers(await readLog(later, log.page, 4))).toEqual([28, 29, 30, 31]);
});

test('a log that begins to be written is whole', async () => {
  const log = createLog();
  const empty = await readLog(undefined, log.page, 4);
  expect(empty).toEqual({ items: [], cut: false });
  log.grow(4);
  expect(await readLog(empty, log.page, 4)).toMatchObject({ cut: false, items: { length: 4 } });
});
