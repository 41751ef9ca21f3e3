import type { LogAnswer } from '@opsloop/contracts';
import { readLog } from './read-log.js';

const chunk = (number: number): LogAnswer['items'][number] => ({ id: `log/${number}`, at: '', target: 't', job: 1, step: 's', attempt: 1, stream: 'stdout', text: `${number}\n` });

/** A log that grows, in pages of two. */
function createLog() {
  const asked: (string | undefined)[] = [];
  const chunks: LogAnswer['items'][number][] = [];
  return {
    asked,
    grow: (count: number) => chunks.push(...Array.from({ length: count }, () => chunk(chunks.length)).map((_, index) => chunk(chunks.length + index))),
    async page(cursor: string | undefined): Promise<LogAnswer> {
      asked.push(cursor);
      const from = Number(cursor ?? 0);
      return { items: chunks.slice(from, from + 2), ...(from + 2 < chunks.length && { nextCursor: String(from + 2) }) };
    },
  };
}

test('goes on from the last page, and tells every line once', async () => {
  const log = createLog();
  log.grow(3);
  const first = await readLog(undefined, log.page, 100);
  expect(first.items.map((one) => one.id)).toEqual(['log/0', 'log/1', 'log/2']);
  log.grow(3);
  log.asked.length = 0;
  const second = await readLog(first, log.page, 100);
  expect(second.items.map((one) => one.id)).toEqual(['log/0', 'log/1', 'log/2', 'log/3', 'log/4', 'log/5']);
  expect(log.asked).toEqual(['2', '4']);
});

test('stops at the most, and says so', async () => {
  const log = createLog();
  log.grow(9);
  const read = await readLog(undefined, log.page, 4);
  expect(read.items).toHaveLength(4);
  expect(read.complete).toBe(false);
});
