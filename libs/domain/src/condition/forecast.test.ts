import type { ForecastTotals, Policy } from '@opsloop/contracts';
import { formatIssue } from '../definition/definition-issue.js';
import { parseDefinitions } from '../definition/parse-definitions.js';
import { addTotals, createForecastTotals, summariseTotals } from '../forecast/scorecard.js';
import { testPolicies } from '../policy/policy-test/run-policy-tests.js';
import type { SeriesCondition, Verdict } from './condition.js';
import { forecastKind } from './forecast.js';
import { createMemorySlots } from './memory-slots.js';

const minuteMs = 60_000;
const slots = createMemorySlots();
/** 06:00 UTC. */
const startMs = Date.UTC(2026, 2, 2, 6);

function policyText({ spec = 'metric: app.load', threshold = '{ warn: "> 90" }', forecast = 'forecast: { within: 60m }', tests = '' } = {}): string {
  return `apiVersion: opsloop/v1
kind: Policy
metadata: { name: ahead }
spec:
  kind: forecast
  ${spec}
  threshold: ${threshold}
  ${forecast}
${tests}`;
}

function parse(text: string): { policy: Policy; errors: string[] } {
  const { definitions, errors } = parseDefinitions(text, { baseWindowMs: 10_000, file: 'p.yaml' });
  return { policy: definitions[0]?.definition as Policy, errors: errors.map(formatIssue) };
}

/** As of a policy that was checked. */
function seriesOf(over: Parameters<typeof policyText>[0] = {}): SeriesCondition {
  const { policy, errors } = parse(policyText(over));
  if (errors.length > 0) throw new Error(errors.join('\n'));
  return forecastKind.compile(policy).series!;
}

interface Seen {
  readonly minute: number;
  readonly level: string | undefined;
  readonly verdict: Verdict;
}

/** A window a minute. */
function run(series: SeriesCondition, values: readonly (number | undefined)[], memory = series.create(slots), fromMinute = 0): { seen: Seen[]; totals: ForecastTotals } {
  const totals = createForecastTotals();
  const seen = values.flatMap((value, index): Seen[] => {
    const minute = fromMinute + index;
    const verdict = value === undefined ? undefined : series.step(memory, { startMs: startMs + minute * minuteMs, endMs: startMs + (minute + 1) * minuteMs, value }, slots);
    if (verdict?.scored) addTotals(totals, verdict.scored);
    return verdict ? [{ minute, level: verdict.judged?.matching?.level, verdict }] : [];
  });
  return { seen, totals };
}

const noise = (index: number): number => ((index * 7919) % 100) / 100;
/** Rises by a tenth a minute from 50: 90 is reached in minute 400. */
const rise = (length: number): number[] => Array.from({ length }, (_, minute) => 50 + minute / 10 + noise(minute) / 5);
const calm = (length: number): number[] => Array.from({ length }, (_, minute) => 50 + 4 * noise(minute));

describe('kind forecast', () => {
  it('opens when the near edge of the interval comes within the time, and says when and by what', () => {
    const { seen } = run(seriesOf(), rise(400));
    const opened = seen.find(({ level }) => level === 'warn')!;
    // The threshold is 60 minutes away in minute 340; the interval makes it a little earlier.
    expect(opened.minute).toBeGreaterThan(310);
    expect(opened.minute).toBeLessThan(345);
    expect(seen.filter(({ minute, level }) => minute > opened.minute && level !== 'warn')).toEqual([]);
    expect(opened.verdict.value).toBeCloseTo(50 + opened.minute / 10, 0);
    expect(opened.verdict.measured()).toMatch(/^AVG of app\.load was 8\d(\.\d+)?, and is expected to be > 90 in about (\d+m|1h( \d+m)?), at 12:\d\d UTC \(80 % interval 12:\d\d to 1\d:\d\d; models: [a-z]+.* \d+ %/);
  });

  it('keeps what it foresaw as evidence', () => {
    const { seen } = run(seriesOf({ threshold: '{ warn: "> 90", critical: "> 200" }' }), rise(350));
    const facts = seen.at(-1)!.verdict.forecast!()!;
    expect(facts.crossings).toEqual([
      { level: 'warn', threshold: '> 90', odds: expect.any(Number) as number, crossesAtMs: expect.any(Number) as number, earliestMs: expect.any(Number) as number, latestMs: expect.any(Number) as number },
      { level: 'critical', threshold: '> 200', odds: 0, crossesAtMs: null, earliestMs: null, latestMs: null },
    ]);
    expect(Math.abs(facts.crossings[0]!.crossesAtMs! - (startMs + 400 * minuteMs))).toBeLessThan(15 * minuteMs);
    expect(facts).toMatchObject({ within: '60m', madeAtMs: startMs + 350 * minuteMs });
    expect(facts.points).toHaveLength(24);
    for (const [, value, low, high] of facts.points) expect(low <= value && value <= high).toBe(true);
  });

  it('never raises a quiet series, and nearly never makes a forecast of it', () => {
    const { seen, totals } = run(seriesOf(), calm(1_500));
    expect(seen.filter(({ level }) => level !== undefined)).toEqual([]);
    // 300 bins of five minutes, a lesson each half hour.
    expect(seen.filter(({ verdict }) => verdict.band).length).toBeLessThan(125);
    expect(summariseTotals(totals)).toMatchObject({ scored: 0, missedRate: undefined });
    expect(totals.points).toBeGreaterThan(50);
  });

  it('raises nothing for a series that stands at a threshold which has to be passed', () => {
    const levels = (threshold: string, values: readonly number[]): number => run(seriesOf({ threshold }), values).seen.filter(({ level }) => level !== undefined).length;
    const constant = (value: number, length = 1_000): number[] => Array.from({ length }, () => value);
    expect(levels('{ warn: "> 0" }', constant(0))).toBe(0);
    expect(levels('{ warn: "< 1" }', constant(1))).toBe(0);
    expect(levels('{ warn: "> 90" }', constant(90))).toBe(0);
    expect(levels('{ warn: ">= 90.5" }', constant(90))).toBe(0);
    // What it did once is forgotten when it has stood still for as long as is looked ahead, and what is on its way is told.
    const { seen } = run(seriesOf({ threshold: '{ warn: "> 0" }' }), [...constant(0, 700), 1, ...constant(0, 800)]);
    expect(Math.max(...seen.filter(({ level }) => level !== undefined).map(({ minute }) => minute))).toBeLessThan(700 + 250);
    expect(levels('{ warn: "> 0" }', [...constant(0, 300), ...Array.from({ length: 300 }, (_, minute) => minute / 10 - 10)])).toBeGreaterThan(100);
  });

  it('gives each level its own time', () => {
    const { seen } = run(seriesOf({ threshold: '{ info: "> 80", warn: "> 90", critical: "> 95" }' }), rise(500));
    const first = (level: string): number => seen.find((one) => one.level === level)!.minute;
    expect([first('info') < 245, first('warn') > first('info') && first('warn') < 345, first('critical') > first('warn') && first('critical') < 395]).toEqual([true, true, true]);
  });

  it('looks downwards where the thresholds do', () => {
    const { seen } = run(seriesOf({ threshold: '{ critical: "< 10" }' }), rise(400).map((value) => 100 - value));
    expect(seen.find(({ level }) => level === 'critical')!.minute).toBeLessThan(345);
  });

  it('scores what it announced when its time comes', () => {
    const { totals } = run(seriesOf(), [...rise(420), ...calm(300)]);
    expect(totals).toMatchObject({ hit: 1, early: 0, late: 0, false: 0, missed: 0 });
    const { meanLeadSeconds, meanErrorSeconds } = summariseTotals(totals);
    expect(meanLeadSeconds! / 60).toBeGreaterThan(50);
    expect(meanErrorSeconds! / 60).toBeLessThan(20);
  });

  it('scores each level for itself', () => {
    const { totals } = run(seriesOf({ threshold: '{ warn: "> 80", critical: "> 90" }' }), [...rise(345), ...calm(600)]);
    const { warn, critical } = totals.levels!;
    expect([warn!.hit, warn!.missed, critical!.hit, critical!.false]).toEqual([1, 0, 0, 1]);
    expect(totals).toMatchObject({ hit: warn!.hit + critical!.hit, false: warn!.false + critical!.false, leadSumSeconds: warn!.leadSumSeconds + critical!.leadSumSeconds });
  });

  it('scores as false what turns back, and as missed what nobody saw coming', () => {
    const back = rise(360).map((value, minute) => (minute > 345 ? 84 - 3 * (minute - 345) : value));
    expect(run(seriesOf(), [...back, ...Array.from({ length: 600 }, (_, minute) => 30 + 4 * noise(minute))]).totals).toMatchObject({ hit: 0, false: 1 });
    expect(run(seriesOf(), [...calm(600), 95, 95, ...calm(100)]).totals).toMatchObject({ hit: 0, false: 0, missed: 1 });
  });

  it('judges nothing by a gap in which it may have come', () => {
    const { totals } = run(seriesOf(), [...rise(360), ...Array.from({ length: 300 }, () => undefined), ...calm(300)]);
    expect(totals).toMatchObject({ hit: 0, early: 0, late: 0, false: 0, missed: 0 });
  });

  it('stays within the bounds of the metric', () => {
    const values = Array.from({ length: 900 }, (_, minute) => Math.min(100, 60 + minute / 20));
    const { seen } = run(seriesOf({ spec: 'metric: disk.used_percent', threshold: '{ warn: ">= 99.9" }' }), values);
    const facts = seen.at(-1)!.verdict.forecast!()!;
    for (const [, value, low, high] of facts.points) expect(low >= 0 && value <= 100 && high <= 100).toBe(true);
  });

  it('goes on through a checkpoint as if nothing had been, and begins anew with a format it does not know', () => {
    const series = seriesOf();
    const values = [...calm(400), ...rise(420), ...calm(200)];
    const whole = series.create(slots);
    let resumed = series.create(slots);
    for (const [index, value] of values.entries()) {
      const window = { startMs: startMs + index * minuteMs, endMs: startMs + (index + 1) * minuteMs, value };
      if (index % 97 === 0) resumed = series.decode(JSON.parse(JSON.stringify(series.encode(resumed, slots))), slots);
      const [one, other] = [series.step(whole, window, slots), series.step(resumed, window, slots)];
      expect([other?.judged, other?.scored, other?.band]).toEqual([one?.judged, one?.scored, one?.band]);
    }
    const encoded = series.encode(whole, slots) as unknown[];
    expect(series.decode([btoa('\u0009\0\0\0'), ...encoded.slice(1)], slots)).toBeUndefined();
  });

  it('is bounded whatever the series does', () => {
    const series = seriesOf();
    const memory = series.create(slots);
    let most = 0;
    for (let part = 0; part < 5; part++) {
      run(series, Array.from({ length: 200 }, (_, index) => 60 + 40 * Math.sin(index * index * (part + 1))), memory, part * 400);
      most = Math.max(most, JSON.stringify(series.encode(memory, slots)).length);
    }
    expect(most).toBeLessThan(6_000);
  });

  it('runs in the tests of a policy file', () => {
    const values = rise(400).map((value) => value.toFixed(2)).join(' ');
    const tests = `tests:
  - name: warns an hour ahead
    input: { series: "app.load{host=a}", every: 1m, values: "${values}" }
    expect: [{ at: 338m, level: warn }]
`;
    expect(testPolicies([parse(policyText({ tests })).policy], { baseWindowMs: 10_000 })[0]!.results[0]!.failures).toEqual([]);
  });

  it.each([
    [{ forecast: 'window: 1m' }, /kind forecast needs it, for example forecast: \{ within: 60m \}/],
    [{ forecast: 'forecast: { within: 30s }' }, /30s is shorter than the window, 1m/],
    [{ forecast: 'forecast: { within: 31d }' }, /31d is too far ahead: 30d is the most/],
    [{ forecast: 'forecast: { within: 1h, minHitRate: 80 }' }, /minHitRate/],
    [{ threshold: '{ warn: "== 90" }' }, /"== 90" is not on one side of the series: a forecast needs >, >=, < or <=/],
    [{ spec: 'metric: disk.used_percent', threshold: '{ warn: "> 100" }' }, /"> 100" is never reached: disk.used_percent stays at or below 100 percent/],
    [{ spec: 'metric: disk.used_percent', threshold: '{ warn: "< 0" }' }, /"< 0" is never reached: disk.used_percent stays at or above 0 percent/],
  ])('%j says what to mend', (over, expected) => {
    expect(parse(policyText(over)).errors.join('\n')).toMatch(expected);
  });
});
