import type { DirtyMarks } from './dirty-marks.js';
import type { OnRow } from '../read/flux-rows.js';
import type { InfluxConnection } from '../connection/influx-connection.js';
import { rollUp } from './roll-up.js';

const columns = ['', 'result', 'table', '_time', '_value', '_field', '_measurement', 'resource', 'labels', 'width'];

test('a window that is being written, of which some fields are not seen yet, does not keep the others from their bucket', async () => {
  const whole = { avg: 2, rest_sum: 4, rest_count: 2, min: 1, max: 3, last: 3, last_time: 9_000, at: 1_000, revision: 5 };
  const { last: _, ...torn } = whole;
  const written: string[] = [];
  const connection = {
    query: async (_script: string, onRow: OnRow) => {
      let table = 0;
      for (const [resource, fields] of [['being-written', torn], ['whole', whole]] as const) {
        for (const [field, value] of Object.entries(fields)) onRow(['', 'raw', String(table++), new Date(0).toISOString(), String(value), field, 'm', resource, '', '10000'], columns);
      }
    },
    write: async (lines: Uint8Array) => void written.push(Buffer.from(lines).toString()),
  } as unknown as InfluxConnection;
  const marks = { open: async () => [{ startMs: 0, widthMs: 10_000, resources: ['being-written', 'whole'], writer: 'w', stampMs: 1 }], add: async () => undefined, done: async () => undefined } as unknown as DirtyMarks;
  const rows = await rollUp({ connection, marks, prefix: 'p', windowMs: 10_000, floors: new Map(), monotonicMs: () => 0, onTooOld: () => undefined }, '1m', 60_000);
  expect(rows).toBe(1);
  expect(written.join('')).toMatch(/^m,labels=,resource=whole,width=60000 [^\n]*last=3,[^\n]*\n?$/);
  expect(written.join('')).not.toContain('NaN');
});
