import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { startFakeServer } from '../fake-server.js';
import { runCli } from '../run-cli.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'opsloop-backtest-'));
  write('cpu.csv', ['timestamp,value', ...Array.from({ length: 120 }, (_, minute) => `2026-01-01 ${minute < 60 ? '00' : '01'}:${String(minute % 60).padStart(2, '0')}:00,${minute >= 30 && minute < 35 ? 90 : minute === 70 ? 75 : 40}`)].join('\n'));
  write('p.yaml', policy('> 80'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function policy(warn: string, more = ''): string {
  return `apiVersion: opsloop/v1\nkind: Policy\nmetadata: { name: cpu }\nspec: { metric: cpu.utilisation, threshold: { warn: "${warn}" }, target: { match: { team: web } }, receivers: [ops]${more} }\n---\napiVersion: opsloop/v1\nkind: Receiver\nmetadata: { name: ops }\nspec: { channel: mail, to: [ops@example.org] }\n`;
}

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

async function cli(args: string, environment: Record<string, string> = {}): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await runCli({ args: args.split(' '), environment, workingDir: folder, input: Readable.from(['']), out: (text) => void (out += text), err: (text) => void (err += text) });
  return { code, out, err };
}

describe('opsloop backtest', () => {
  it('judges a CSV without a server', async () => {
    const { code, out, err } = await cli('backtest -f p.yaml --csv cpu.csv');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('cpu: 2026-01-01T00:00:00.000Z to 2026-01-01T01:59:10.000Z, 119 windows judged\n  1 alarms (84.6 a week), 1 pages (84.6 a week), 0 work orders\n');
    expect(out).toMatch(/2026-01-01T00:31:00\.000Z +2026-01-01T00:36:00\.000Z +warn +csv +AVG of cpu\.utilisation was 90, warn is > 80/);
  });

  it('suggests limits, scores labels and compares versions', async () => {
    write('labels.csv', 'from,to\n2026-01-01 00:30:00,2026-01-01 00:40:00\n2026-01-01 01:10:00,2026-01-01 01:12:00\n');
    write('old.yaml', policy('> 70'));
    const { code, out } = await cli('backtest -f p.yaml --csv cpu.csv --suggest 70,95 --labels labels.csv --before old.yaml');
    expect(code).toBe(0);
    expect(out).toContain('found 1 of 2 labelled times (recall 0.50), 1 of 1 alarms were right (precision 1.00), 60 s after they began (median)');
    expect(out).toContain('against the version before: 1 alarms stay, 0 come, 1 go; 169 -> 84.6 pages a week\n    - 2026-01-01T01:11:00.000Z 2026-01-01T01:12:00.000Z warn csv\n');
    expect(out).toMatch(/70 +169 +169 +1\.00 +1\.00\n +80 \(now\) +84\.6 +84\.6 +1\.00 +0\.50\n +95 +0 +0 +- +0\.00\n/);
  });

  it.each([
    ['pairs', '[["2026-01-01 00:30:00", "2026-01-01 00:40:00"], [1767229800000, 1767229920000]]'],
    ['objects', '[{ "from": "2026-01-01T00:30:00Z", "to": "2026-01-01T00:40:00Z" }, { "from": "2026-01-01 01:10:00", "to": "2026-01-01 01:12:00" }]'],
  ])('takes labels as JSON: %s', async (_name, text) => {
    write('labels.json', text);
    const { code, out } = await cli('backtest -f p.yaml --csv cpu.csv --labels labels.json');
    expect(code).toBe(0);
    expect(out).toContain('found 1 of 2 labelled times (recall 0.50), 1 of 1 alarms were right (precision 1.00), 60 s after they began (median)');
  });

  it('prints everything as JSON', async () => {
    const { out } = await cli('backtest -f p.yaml --csv cpu.csv --output json');
    const { items } = JSON.parse(out) as { items: { policy: string; alarms: { openedAt: string }[] }[] };
    expect(items[0]!.alarms.map((one) => one.openedAt)).toEqual(['2026-01-01T00:31:00.000Z']);
  });

  it('asks a server for its history', async () => {
    const item = { policy: 'cpu', from: 'a', to: 'b', measuredFrom: 'a1', judged: 7, alarms: [], pages: [], resolvedNotices: 0, orders: [{ at: 't', scenario: 's', playbook: 'p', resource: 'a', approval: 'required' }, { at: 't', scenario: 's', playbook: 'p', resource: 'b', approval: 'none', heldBack: 'its cooldown is 1h' }], missing: [], alarmsPerWeek: 0, pagesPerWeek: 0 };
    const server = await startFakeServer(() => ({ json: { items: [item] } }));
    const { code, out } = await cli('backtest -f p.yaml --from -2d --suggest', { OPSLOOP_URL: server.url, OPSLOOP_TOKEN: 'secret' });
    await server.stop();
    expect(code).toBe(0);
    expect(server.asked[0]!.path).toBe('/api/v1/policies/backtest?from=-2d&suggest=auto');
    expect(out).toContain('history begins at a1: rates are reckoned from there');
    expect(out).toContain('1 work orders and 1 held back\n  t s runs p on a once approved\n  t s does not run p on b: its cooldown is 1h\n');
  });

  it.each([
    ['no policy', 'backtest -f r.yaml --csv cpu.csv', /there is no policy in r\.yaml/],
    ['a CSV that is not there', 'backtest -f p.yaml --csv nowhere.csv', /nowhere\.csv cannot be read \(ENOENT\)/],
    ['a policy that reads two metrics', 'backtest -f ratio.yaml --csv cpu.csv', /reads app\.errors, app\.requests, and a CSV is one series/],
    ['a time that is none', 'backtest -f p.yaml --csv cpu.csv --from soon', /--from soon is not a time/],
    ['limits that are none', 'backtest -f p.yaml --csv cpu.csv --suggest high', /--suggest high is not a number/],
    ['labels that are none', 'backtest -f p.yaml --csv cpu.csv --labels wrong.csv', /wrong\.csv:2: "x,y" is not a stretch of time/],
    ['labels that are no JSON', 'backtest -f p.yaml --csv cpu.csv --labels half.json', /half\.json is no JSON/],
    ['JSON labels that are none', 'backtest -f p.yaml --csv cpu.csv --labels wrong.json', /wrong\.json, entry 1: \{"from":"2026-01-01"\} is not a stretch of time/],
    ['a version before with other names', 'backtest -f p.yaml --csv cpu.csv --before old.yaml', /old\.yaml has the policies load, and p\.yaml has cpu: versions are compared by name/],
    ['another version on a server', 'backtest -f p.yaml --before p.yaml', /--before is for a CSV/],
    ['a host on a server', 'backtest -f p.yaml --host web-1', /--host and --label are for a CSV: on a server every series that the policies' targets match is judged/],
    ['a label on a server', 'backtest -f p.yaml --label disk=sda', /--host and --label are for a CSV/],
  ])('answers 2 for %s', async (_name, args, message) => {
    write('r.yaml', policy('> 1').split('---\n')[1]!);
    write('old.yaml', policy('> 1').replace('name: cpu }', 'name: load }'));
    write('half.json', '[[');
    write('wrong.json', '[{ "from": "2026-01-01" }]');
    write('wrong.csv', 'from,to\nx,y\n');
    write('ratio.yaml', 'apiVersion: opsloop/v1\nkind: Policy\nmetadata: { name: r }\nspec: { kind: ratio, metric: app.errors, ratio: { to: app.requests }, threshold: { warn: "> 5" } }\n');
    expect(await cli(args)).toMatchObject({ code: 2, err: expect.stringMatching(message) });
  });
});
