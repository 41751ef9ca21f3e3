import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import type { Mark } from './dirty-marks.js';
import { FirstMarks } from './first-marks.js';

const minuteMs = 60_000;
const marksOf = (minute: number, ...resources: number[]): Mark[] => resources.map((resource) => [resource, minute * minuteMs]);

describe('the marks that are known', () => {
  test('are all while they fit, and the last ones where there are more', () => {
    const known = new FirstMarks(10_000, 6);
    for (let minute = 0; minute < 3; minute++) known.add(marksOf(minute, 1, 2));
    expect(known.areAll).toBe(true);
    expect(known.missing([...marksOf(0, 1, 3), ...marksOf(7, 1)])).toEqual([...marksOf(0, 3), ...marksOf(7, 1)]);
    known.add(marksOf(3, 1, 2));
    expect(known.areAll).toBe(false);
    expect(known.missing([...marksOf(0, 1), ...marksOf(1, 1), ...marksOf(3, 2)])).toEqual(marksOf(0, 1));
    // Old ones that come last are those that come again.
    known.add(marksOf(-5, 1, 2));
    expect(known.missing([...marksOf(-5, 1), ...marksOf(1, 1), ...marksOf(3, 1)])).toEqual(marksOf(1, 1));
  });

  test('are none where one bucket alone has too many, and fit again when they were rolled up', () => {
    const known = new FirstMarks(10_000, 6);
    known.add(marksOf(0, 1, 2, 3, 4, 5, 6, 7));
    expect(known.missing(marksOf(0, 1))).toEqual(marksOf(0, 1));
    known.add(marksOf(1, 1, 2, 3));
    known.add(marksOf(1, 1, 2, 3));
    known.remove([...marksOf(1, 1, 2, 3), ...marksOf(0, 1)]);
    known.add(marksOf(2, 1, 2, 3, 4, 5, 6));
    expect(known.missing([...marksOf(1, 1), ...marksOf(2, 6)])).toEqual(marksOf(1, 1));
  });

  describe('that are stored', () => {
    let instance: DuckDBInstance;
    let connection: DuckDBConnection;
    beforeEach(async () => {
      instance = await DuckDBInstance.create();
      connection = await instance.connect();
      await connection.run('CREATE TABLE dirty (tier VARCHAR NOT NULL, resource INTEGER NOT NULL, start BIGINT NOT NULL)');
      await connection.run(`INSERT INTO dirty SELECT '1m', i % 2, (i // 2) * ${minuteMs} FROM range(10) t(i)`);
      await connection.run(`INSERT INTO dirty SELECT '1h', i, 0 FROM range(10) t(i)`);
    });
    afterEach(() => {
      connection.disconnectSync();
      instance.closeSync();
    });

    test.each([[10, 0], [9, 1], [2, 4], [1, 5]])('are loaded from the newest bucket on: of ten, %i at the most', async (atMost, fromMinute) => {
      const known = new FirstMarks(10_000, atMost);
      known.add(marksOf(99, 1));
      await known.load(connection);
      expect(known.areAll).toBe(atMost === 10);
      const all = [0, 1, 2, 3, 4].flatMap((minute) => marksOf(minute, 0, 1));
      expect(known.missing(all)).toEqual(all.filter(([, startMs]) => startMs < fromMinute * minuteMs));
      expect(known.missing(marksOf(99, 1))).toEqual(marksOf(99, 1));
    });
  });
});
