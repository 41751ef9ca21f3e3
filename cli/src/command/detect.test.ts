import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { runCli } from '../run-cli.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'opsloop-detect-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function detect(args: string, input: Iterable<string | Uint8Array> = []): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await runCli({ args: ['detect', ...args.split(' ')], environment: {}, workingDir: folder, input: Readable.from(input), out: (text) => void (out += text), err: (text) => void (err += text) });
  return { code, out, err };
}

/** A day and a half of small waves with one peak. */
function rows(peakAt: number): string[] {
  return Array.from({ length: 432 }, (_, index) => {
    const time = new Date(Date.UTC(2026, 0, 1) + index * 300_000).toISOString().replace('T', ' ').slice(0, 19);
    return `${time},${index === peakAt ? 500 : 20 + Math.round(50 * Math.sin(index * index)) / 10}`;
  });
}

describe('opsloop detect', () => {
  it('prints every row as it was, with its score and level', async () => {
    const list = rows(400);
    writeFileSync(join(folder, 'cpu.csv'), ['timestamp,value', ...list, ''].join('\r\n'));
    const { code, out, err } = await detect('--csv cpu.csv');
    const lines = out.trimEnd().split('\n');
    expect({ code, err, head: lines[0] }).toEqual({ code: 0, err: '', head: 'timestamp,value,anomaly_score,level' });
    expect(lines.slice(1).map((line) => line.split(',').slice(0, 2).join(','))).toEqual(list);
    expect(lines[401]).toMatch(/^2026-01-02 09:20:00,500,0\.9\d+,critical$/);
    expect(lines.filter((line) => /info|warn|critical/.test(line)).length).toBe(1);
  });

  it('scores a row by the rows before it only', async () => {
    const list = rows(400);
    const whole = (await detect('--csv -', [list.join('\n')])).out.split('\n');
    const part = (await detect('--csv -', [list.slice(0, 300).join('\n')])).out.trimEnd().split('\n');
    expect(whole.slice(0, part.length)).toEqual(part);
  });

  it('gives the same answer however standard input is cut', async () => {
    const text = `\ufeff${rows(200).join('\n')}`;
    const bytes = Buffer.from(text);
    const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, index) => bytes.subarray(index * 7, index * 7 + 7));
    expect((await detect('--csv -', pieces)).out).toBe((await detect('--csv -', [text])).out);
  });

  it('raises fewer levels with a higher threshold', async () => {
    const text = [rows(400).join('\n')];
    const levels = async (args: string): Promise<number> => (await detect(args, text)).out.match(/info|warn|critical/g)?.length ?? 0;
    expect(await levels('--csv - --threshold 0.5')).toBe(1);
    expect(await levels('--csv - --threshold 0.9999999')).toBe(0);
    expect(await levels('--csv - --threshold 0.1')).toBeGreaterThan(1);
  });

  it('says as JSON what was expected and what gave it away', async () => {
    const { out } = await detect('--csv - --output json', [rows(400).join('\n')]);
    const told = out.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(told.length).toBe(432);
    expect(told[400]).toMatchObject({ timestamp: '2026-01-02 09:20:00', value: 500, level: 'critical', feature: 'value', basis: 'level', expected: expect.closeTo(20, -1) });
  });

  it('takes empty cells for gaps, and finds its columns by their heading', async () => {
    const { code, out } = await detect('--csv -', ['host,value,time\na,1,2026-01-01 00:00:00\na,,2026-01-01 00:05:00\na,2,2026-01-01 00:10:00\n']);
    expect({ code, out }).toEqual({ code: 0, out: 'timestamp,value,anomaly_score,level\n2026-01-01 00:00:00,1,0.000000,normal\n2026-01-01 00:05:00,,0.000000,normal\n2026-01-01 00:10:00,2,0.000000,normal\n' });
  });

  it('prints nothing where the first rows cannot be read', async () => {
    const { code, out, err } = await detect('--csv -', ['2014-02-14 14:30:00,1\nyesterday,2\n']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('standard input:2: "yesterday" is not a time');
  });

  it('judges rows that are out of order, and says so', async () => {
    const { code, err } = await detect('--csv -', ['2026-01-01 00:05:00,1\n2026-01-01 00:00:00,2\n']);
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('1 of 2 rows were older than a row before them') });
  });

  it.each([
    ['a value that is no number', '--csv -', 'timestamp,value\n1,2\n2,two\n', 'standard input:3: "two" is not a number; leave the cell empty'],
    ['a time that is none', '--csv -', '1,2\nyesterday,3\n', 'standard input:2: "yesterday" is not a time: write'],
    ['a damaged first row', '--csv -', '2026-13-01,3\n', 'standard input:1: "2026-13-01" is not a time'],
    ['too few columns', '--csv -', '1,2\n\n2\n', 'standard input:3: has 1 column, timestamp,value are expected'],
    ['too many columns', '--csv -', '1,2,3\n', 'standard input:1: has 3 columns, timestamp,value are expected'],
    ['nothing', '--csv -', '', 'standard input holds no rows of timestamp,value'],
    ['a heading alone', '--csv -', 'timestamp,value\n', 'standard input holds no rows of timestamp,value'],
    ['one endless line', '--csv -', 'x'.repeat(200_000), 'standard input:1: has more than 100000 characters'],
    ['a file that is not there', '--csv nowhere.csv', '', 'nowhere.csv cannot be read (ENOENT)'],
    ['a threshold outside of 0..1', '--csv - --threshold 5', '', 'write a number above 0 and below 1'],
    ['no file', '--threshold 0.5', '', "required option '--csv <file>' not specified"],
  ])('answers 2 for %s and says how to mend it', async (_name, args, input, message) => {
    expect(await detect(args, [input])).toMatchObject({ code: 2, err: expect.stringContaining(message) });
  });
});
