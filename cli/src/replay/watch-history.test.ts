import type { ApiClient } from '../server/api-client.js';
import { watchHistory } from './watch-history.js';

it('does not ask for what lies ahead, where a server refuses to look', async () => {
  const hourMs = 3_600_000;
  const asked: string[] = [];
  const get = (path: string): Promise<unknown> => {
    asked.push(path);
    return Promise.resolve({ series: [{ points: [[0, 1]] }] });
  };
  const timesMs = Array.from({ length: 30 }, (_, hour) => Date.now() + (hour - 10) * hourMs);
  const series = { metric: 'm.x', host: 'a', labels: [] };
  expect(await watchHistory({ get } as unknown as ApiClient, series, timesMs, 200)).toBeDefined();
  const froms = asked.map((path) => Date.parse(new URLSearchParams(path.slice('query?'.length)).get('from')!));
  expect(froms.length).toBeGreaterThan(2);
  expect(Math.max(...froms)).toBeLessThan(Date.now() + hourMs);
});
