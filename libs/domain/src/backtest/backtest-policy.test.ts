import type { Definition, Policy } from '@opsloop/contracts';
import { parseDefinitions } from '../definition/parse-definitions.js';
import { hostResource } from '../policy/judge/window-fixture.js';
import { backtestPolicy, type BacktestOptions, type PolicyBacktest } from './backtest-policy.js';
import { compareBacktests } from './compare-backtests.js';
import { windowsOfSamples, type HistorySeriesData } from './history-series.js';
import { suggestLimits } from './suggest-limits.js';

const widthMs = 10_000;
const minuteMs = 60_000;

const definitions = `
apiVersion: opsloop/v1
kind: Policy
metadata: { name: load }
spec: { metric: app.load, threshold: { warn: "> 80" }, receivers: [ops], scenarios: [restart], repeat: 30m }
---
apiVersion: opsloop/v1
kind: Receiver
metadata: { name: ops }
spec: { channel: mail, to: [ops@example.com], groupInterval: 5m }
---
apiVersion: opsloop/v1
kind: Scenario
metadata: { name: restart }
spec: { cooldown: 1h, maxRunsPerHour: 2, levels: { warn: [{ do: work-order, playbook: restart-app, approval: none }] } }
---
name: restart-app
for: { class: MW, category: web, software: app }
steps: [{ id: restart, uses: local, run: [systemctl, restart, app] }]
`;

function parse(text = definitions): Definition[] {
  const { definitions: parsed, errors } = parseDefinitions(text, { baseWindowMs: widthMs });
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return parsed.map((one) => one.definition);
}

function policyOf(text = definitions): Policy {
  return parse(text).find((one): one is Policy => one.kind === 'Policy')!;
}

/** One value a minute. */
function series(host: string, values: readonly number[]): HistorySeriesData {
  return windowsOfSamples({ resource: hostResource(host), attributes: { host }, metric: 'app.load', labels: {}, widthMs }, values.map((value, minute) => ({ timeMs: minute * minuteMs, value })));
}

function options(all: readonly HistorySeriesData[], over: Partial<BacktestOptions> = {}): BacktestOptions {
  return { policy: policyOf(), definitions: parse(), tenant: 'default', series: all, fromMs: 0, toMs: 6 * 3_600_000, graceMs: 2_000, idleMs: 30_000, ...over };
}

function finish<T>(work: Generator<undefined, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

function run(all: readonly HistorySeriesData[], over: Partial<BacktestOptions> = {}): PolicyBacktest {
  return finish(backtestPolicy(options(all, over)));
}

/** Six hours of 50, with 90 from and to the given minutes. */
function busy(...spans: readonly (readonly [from: number, to: number])[]): number[] {
  return Array.from({ length: 360 }, (_, minute) => (spans.some(([from, to]) => minute >= from && minute < to) ? 90 : 50));
}

describe('backtestPolicy', () => {
  it('tells alarms with the times of their windows', () => {
    const { alarms, judged } = run([series('a', busy([60, 63])), series('b', busy([100, 101], [350, 360]))]);
    // The last minute of each is not over before its sender counts as silent.
    expect(judged).toBe(718);
    expect(alarms.map((one) => [one.resourceName, one.openedAtMs / minuteMs, one.resolvedAtMs === undefined ? 'open' : one.resolvedAtMs / minuteMs, one.level])).toEqual([['a', 61, 64, 'warn'], ['b', 101, 102, 'warn'], ['b', 351, 'open', 'warn']]);
  });

  it('tells pages as groups and repeats make them', () => {
    // Two hosts within the groupInterval share the second notice; the alarm that stays open is repeated after 30 minutes.
    const { pages, resolvedNotices } = run([series('a', busy([60, 130])), series('b', busy([61, 70]))]);
    expect(pages.map((page) => [page.kind, page.receiver, Math.floor(page.atMs / minuteMs), page.alarms.length])).toEqual([['alarm', 'ops', 61, 1], ['alarm', 'ops', 66, 1], ['repeat', 'ops', 91, 1], ['repeat', 'ops', 121, 1]]);
    expect(resolvedNotices).toBe(2);
  });

  it('tells work orders, and what cooldown and run limits hold back', () => {
    const { orders } = run(['a', 'b', 'c'].map((host, index) => series(host, busy([60 + index, 61 + index], [80 + index, 81 + index], [140 + index, 141 + index]))));
    expect(orders.map((order) => [order.resource, Math.floor(order.atMs / minuteMs), order.heldBack?.replace(/ago.*/, 'ago') ?? 'opened'])).toEqual([
      ['a', 61, 'opened'], ['b', 62, 'opened'], ['c', 63, 'it opened 2 work orders within the last hour, and maxRunsPerHour is 2'],
      ['a', 81, 'it acted on a 20m ago'], ['b', 82, 'it acted on b 20m ago'], ['c', 83, 'it opened 2 work orders within the last hour, and maxRunsPerHour is 2'],
      ['a', 141, 'opened'], ['b', 142, 'opened'], ['c', 143, 'it opened 2 work orders within the last hour, and maxRunsPerHour is 2'],
    ]);
  });

  it('reckons rates from where history begins', () => {
    const late = series('a', busy([60, 63]));
    const later = { ...late, startsMs: Array.from(late.startsMs, (startMs) => startMs + 86_400_000) };
    const { measuredFromMs, alarmsPerWeek } = run([later], { toMs: 86_400_000 + 12 * 3_600_000 });
    expect(measuredFromMs).toBe(86_400_000);
    expect(alarmsPerWeek).toBeCloseTo(14, 9);
    expect(run([later], { fromMs: 86_400_000 + 3_600_000, toMs: 86_400_000 + 12 * 3_600_000 }).measuredFromMs).toBe(86_400_000 + 3_600_000);
    expect(run([], {}).measuredFromMs).toBe(0);
  });

  it('names what the definitions lack', () => {
    expect(run([series('a', busy([60, 61]))], { definitions: [] }).missing).toEqual(['Receiver ops', 'Scenario restart']);
  });

  it('scores against labelled windows', () => {
    const { score } = run([series('a', busy([60, 63], [100, 102], [200, 201]))], { labelled: [{ fromMs: 58 * minuteMs, toMs: 62 * minuteMs }, { fromMs: 200 * minuteMs, toMs: 205 * minuteMs }, { fromMs: 300 * minuteMs, toMs: 310 * minuteMs }] });
    expect(score).toEqual({ labelled: 3, found: 2, right: 2, alarms: 3, precision: 2 / 3, recall: 2 / 3, medianDelaySeconds: 120 });
  });

  it('leaves out what began before, but lets it fill the memories', () => {
    const change = policyOf(definitions.replace('threshold:', 'kind: change, change: { against: 1h, as: difference, baseline: 1m }, threshold:').replace('> 80', '> 30'));
    const values = busy([60, 63], [120, 121]);
    const whole = run([series('a', values)], { policy: change });
    expect(whole.alarms.map((one) => one.openedAtMs / minuteMs)).toEqual([61]);
    const late = run([series('a', values)], { policy: change, fromMs: 62 * minuteMs });
    expect(late.alarms).toEqual([]);
  });

  it('compares two versions', () => {
    const all = [series('a', busy([60, 63], [100, 101]))];
    const before = run(all);
    const after = run(all, { policy: policyOf(definitions.replace('repeat: 30m', 'hold: 2m')) });
    const { kept, gained, lost, before: summary } = compareBacktests(before, after);
    expect([kept, gained.length, lost.map((one) => one.openedAtMs / minuteMs)]).toEqual([1, 0, [101]]);
    expect(summary.alarmsPerWeek).toBeCloseTo(2 * 28);
  });

  it('tells what other limits would have meant', () => {
    const values = Array.from({ length: 360 }, (_, minute) => (minute % 60 === 30 ? 75 : minute === 100 ? 95 : 50));
    const asked = finish(suggestLimits(options([series('a', values)], { toMs: 6 * 3_600_000 }), [70, 90]))!;
    expect(asked.level).toBe('warn');
    expect(asked.limits.map(({ limit, isPresent, alarmsPerWeek }) => [limit, isPresent, Math.round(alarmsPerWeek / 28)])).toEqual([[70, false, 7], [80, true, 1], [90, false, 1]]);
    const found = finish(suggestLimits(options([series('a', values)])))!;
    expect(found.limits.map((one) => one.limit)).toEqual([50, 75, 80, 95]);
  });

  it('refuses history whose windows the policy cannot use', () => {
    const hourly = windowsOfSamples({ ...series('a', []), widthMs: 3_600_000 }, busy().map((value, minute) => ({ timeMs: minute * minuteMs, value })));
    expect(() => run([hourly])).toThrow('policy load judges windows of 1m, which the windows of this history do not add up to');
  });

  it('works on in small steps', () => {
    const work = backtestPolicy(options(Array.from({ length: 20 }, (_, host) => series(`h${host}`, busy([60, 61])))));
    let turns = 0;
    while (!work.next().done) turns++;
    expect(turns).toBeGreaterThan(2);
  });
});
