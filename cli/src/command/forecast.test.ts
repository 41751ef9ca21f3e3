/** What outsiders script against: JSON for one series, a line for each task, and errors that say what to mend. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { runCli } from '../run-cli.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'opsloop-forecast-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function cli(args: string): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await runCli({ args: ['forecast', ...args.split(' ')], environment: {}, workingDir: folder, input: Readable.from([]), out: (text) => void (out += text), err: (text) => void (err += text) });
  return { code, out, err };
}

const startMs = Date.UTC(2026, 2, 2);

/** Hourly rows from a Monday at midnight. */
function writeCsv(hours: number, valueAt: (hour: number) => number): void {
  const rows = Array.from({ length: hours }, (_, hour) => `${new Date(startMs + hour * 3_600_000).toISOString()},${valueAt(hour)}`);
  writeFileSync(join(folder, 'load.csv'), `timestamp,value\n${rows.join('\n')}\n`);
}

const wave = (hour: number): number => 50 + 30 * Math.sin((2 * Math.PI * (hour - 8)) / 24) + ((hour * 37) % 11) / 5;

interface Printed {
  readonly crossesAt: string | null;
  readonly earliest: string | null;
  readonly latest: string | null;
  readonly never: boolean;
  readonly points: readonly [string, number, number, number][];
  readonly model: string;
  readonly why: string;
}

test('a threshold that a daily wave reaches is timed, with an interval and a path', async () => {
  writeCsv(14 * 24, wave);
  const { code, out } = await cli('--csv load.csv --horizon 48h --above 75');
  expect(code).toBe(0);
  const { crossesAt, earliest, latest, never, points, model, why } = JSON.parse(out) as Printed;
  // The wave rises above 75 about noon.
  expect(Math.abs(Date.parse(crossesAt!) - (startMs + (14 * 24 + 12) * 3_600_000))).toBeLessThanOrEqual(2 * 3_600_000);
  expect(never).toBe(false);
  expect(Date.parse(earliest!)).toBeLessThanOrEqual(Date.parse(crossesAt!));
  expect(Date.parse(latest!)).toBeGreaterThanOrEqual(Date.parse(crossesAt!));
  expect(points).toHaveLength(48);
  for (const [, value, low, high] of points) expect(low <= value && value <= high).toBe(true);
  expect(model).not.toBe('');
  expect(why).toContain('a season of 1 d');
});

test('what is never reached says so', async () => {
  writeCsv(14 * 24, wave);
  const { out } = await cli('--csv load.csv --horizon 2d --below 5');
  expect(JSON.parse(out)).toMatchObject({ crossesAt: null, earliest: null, latest: null, never: true });
});

test('tasks are answered one a line, as many points as steps, gaps allowed', async () => {
  const history = Array.from({ length: 300 }, (_, hour) => (hour === 100 ? null : wave(hour)));
  const tasks = [{ id: 'a', stepS: 3600, horizon: 48, history, above: 75 }, { id: 'b', stepS: 3600, horizon: 30, history, below: 0 }, { id: 'c', stepS: 60, horizon: 5, history: [1, 2], above: 9 }];
  writeFileSync(join(folder, 'tasks.jsonl'), tasks.map((task) => JSON.stringify(task)).join('\n'));
  const { code, out } = await cli('--tasks tasks.jsonl');
  expect(code).toBe(0);
  const [a, b, c] = out.trim().split('\n').map((text) => JSON.parse(text) as { id: string; crossesStep: number | null; points?: number[][] });
  // Hour 300 is noon of the thirteenth day: the wave is about to pass 75.
  expect(a).toMatchObject({ id: 'a' });
  expect(Math.abs(a!.crossesStep! - 1)).toBeLessThanOrEqual(2);
  expect(a!.points).toHaveLength(48);
  expect(b).toMatchObject({ id: 'b', crossesStep: null });
  expect(b!.points).toHaveLength(30);
  expect(c).toEqual({ id: 'c', crossesStep: null });
});

test('steps finer than bins take the path of the bin they lie in', async () => {
  const history = Array.from({ length: 600 }, (_, step) => step / 10);
  writeFileSync(join(folder, 'tasks.jsonl'), JSON.stringify({ id: 'fine', stepS: 10, horizon: 120, history, above: 66 }));
  const { crossesStep, points } = JSON.parse((await cli('--tasks tasks.jsonl')).out) as { crossesStep: number; points: number[][] };
  expect(points).toHaveLength(120);
  expect(Math.abs(crossesStep - 61)).toBeLessThanOrEqual(9);
});

test.each([
  ['', '--horizon 48h --above 3', /Write --csv FILE with a threshold, or --tasks FILE/],
  ['', '--csv none.csv --horizon 48h --above 3', /none.csv cannot be read \(ENOENT\)/],
  ['', '--csv load.csv --horizon 48h', /Write --above X or --below X/],
  ['', '--csv load.csv --horizon 48h --above 3 --below 1', /exclude each other/],
  ['', '--csv load.csv --above 3', /Write --horizon 48h/],
  ['', '--csv load.csv --horizon soon --above 3', /--horizon soon is no duration/],
  ['', '--csv load.csv --horizon 90d --above 3', /60d is the most/],
  ['', '--csv load.csv --horizon 48h --above high', /write a number/],
  ['', '--csv load.csv --horizon 48h --above 3 --floor 9 --ceiling 1', /--floor 9 lies above --ceiling 1/],
  ['', '--csv load.csv --horizon 48h --above 3', /load.csv has 2 rows: too few/],
  ['', '--tasks none.jsonl', /none.jsonl cannot be read/],
  ['', '--tasks tasks.jsonl --above 3', /--tasks and --above exclude each other/],
  ['', '--tasks tasks.jsonl', /holds no tasks/],
  ['nonsense', '--tasks tasks.jsonl', /tasks.jsonl:1: is no JSON/],
  ['{"stepS":1}', '--tasks tasks.jsonl', /tasks.jsonl:1: has no id/],
  ['{"id":"a","stepS":0}', '--tasks tasks.jsonl', /stepS is the distance/],
  ['{"id":"a","stepS":1,"horizon":1.5}', '--tasks tasks.jsonl', /horizon is how many steps/],
  ['{"id":"a","stepS":86400,"horizon":61}', '--tasks tasks.jsonl', /more than 60 days/],
  ['{"id":"a","stepS":1,"horizon":5,"history":["x"]}', '--tasks tasks.jsonl', /history is a list of numbers/],
  ['{"id":"a","stepS":1,"horizon":5,"history":[1]}', '--tasks tasks.jsonl', /write either above or below/],
])('task %p with %s says what to mend', async (task, args, expected) => {
  writeCsv(2, wave);
  writeFileSync(join(folder, 'tasks.jsonl'), task);
  const { code, out, err } = await cli(args);
  expect(code).toBe(2);
  expect(out).toBe('');
  expect(err).toMatch(expected);
});
