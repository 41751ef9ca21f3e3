import type { DuckDBConnection } from '@duckdb/node-api';
import { QueryGate } from './query-gate.js';

/** A query that runs until it is let go, and fails when it is interrupted, as those of DuckDB do. */
function createQueries() {
  const running = new Map<DuckDBConnection, { resolve(): void; reject(error: Error): void }>();
  const connections = [1, 2].map(() => ({ interrupt() { running.get(this as unknown as DuckDBConnection)?.reject(new Error('interrupted')); } }) as unknown as DuckDBConnection);
  return {
    connections,
    running,
    query: (connection: DuckDBConnection) => new Promise<void>((resolve, reject) => running.set(connection, { resolve, reject })).finally(() => running.delete(connection)),
    async turn() { await new Promise((resolve) => setImmediate(resolve)); },
    finishOne() { [...running.values()][0]!.resolve(); },
  };
}

describe('QueryGate', () => {
  test('runs as many queries as there are connections; the others wait their turn', async () => {
    const { connections, running, query, turn, finishOne } = createQueries();
    const gate = new QueryGate({ connections, limitMs: 1_000 });
    const all = Promise.all(Array.from({ length: 5 }, () => gate.run(query)));
    for (const left of [2, 2, 2, 2, 1]) {
      await turn();
      expect(running.size).toBe(left);
      finishOne();
    }
    await all;
  });

  test('ends a query at its limit with an error that says so', async () => {
    const { connections, query } = createQueries();
    const gate = new QueryGate({ connections, limitMs: 20 });
    await expect(gate.run(query)).rejects.toMatchObject({ retryable: true, message: expect.stringContaining('ended after 0.02 s') as unknown });
    await expect(gate.run(async () => 7)).resolves.toBe(7);
  });

  test('work that wants no query beside it waits for those under way and holds the next ones back', async () => {
    const { connections, running, query, turn, finishOne } = createQueries();
    const gate = new QueryGate({ connections, limitMs: 1_000 });
    const order: string[] = [];
    const first = gate.run(query);
    await turn();
    const alone = gate.whileIdle(async () => { order.push(`alone beside ${running.size}`); await turn(); order.push('done'); });
    const second = gate.run(async () => void order.push('second'));
    await turn();
    expect(order).toEqual([]);
    finishOne();
    await Promise.all([first, alone, second]);
    expect(order).toEqual(['alone beside 0', 'done', 'second']);
  });

  test('refuses what is more than a queue may hold, for now', async () => {
    const { connections, query, turn, running } = createQueries();
    const gate = new QueryGate({ connections, limitMs: 1_000 });
    const outcomes = Array.from({ length: 300 }, () => gate.run(query).then(() => 'ran', (error: Error) => error.message));
    await turn();
    await gate.end();
    const messages = await Promise.all(outcomes);
    expect(messages.filter((message) => message.includes('are waiting already'))).toHaveLength(300 - 2 - 256);
    expect(messages.filter((message) => message.includes('stopping'))).toHaveLength(256);
    expect(running.size).toBe(0);
  });
});
