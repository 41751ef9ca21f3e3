/** Forecast policies in a backtest: what became of their forecasts, the band for a chart, and the scorecard before work orders. */
import type { Definition, Policy } from '@opsloop/contracts';
import { parseDefinitions } from '../definition/parse-definitions.js';
import { hostResource } from '../policy/judge/window-fixture.js';
import { reportBacktest, type BacktestReport } from './backtest-report.js';
import { windowsOfSamples } from './history-series.js';

const minuteMs = 60_000;
const cycle = 240;
const cycles = 7;
const toMs = cycles * cycle * minuteMs;

/** A disk that fills in three hours, and is emptied each four: 90 is passed after 160 minutes. */
const filling = Array.from({ length: cycles * cycle }, (_, minute) => 50 + Math.min(45, (minute % cycle) / 4) + ((minute * 7919) % 100) / 200);

function definitionsOf(forecast: string): Definition[] {
  const { definitions, errors } = parseDefinitions(`
apiVersion: opsloop/v1
kind: Policy
metadata: { name: full }
spec: { kind: forecast, metric: app.load, forecast: ${forecast}, threshold: { warn: "> 90" }, scenarios: [clean] }
---
apiVersion: opsloop/v1
kind: Scenario
metadata: { name: clean }
spec: { cooldown: 1h, levels: { warn: [{ do: work-order, playbook: clean-up, approval: none }] } }
---
name: clean-up
for: { class: OS, category: storage, software: any }
steps: [{ id: clean, uses: local, run: [clean] }]
`, { baseWindowMs: 10_000 });
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return definitions.map((one) => one.definition);
}

function run(forecast: string, fromMs = 0): BacktestReport {
  const definitions = definitionsOf(forecast);
  const policy = definitions.find((one): one is Policy => one.kind === 'Policy')!;
  const series = [windowsOfSamples({ resource: hostResource('a'), attributes: { host: 'a' }, metric: 'app.load', labels: {}, widthMs: 10_000 }, filling.map((value, minute) => ({ timeMs: minute * minuteMs, value })))];
  const work = reportBacktest({ policy, definitions, tenant: 'default', series, fromMs, toMs, graceMs: 2_000, idleMs: 90_000 }, { draw: 1 });
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

describe('a forecast policy in a backtest', () => {
  const whole = run('{ within: 60m }');

  it('tells what became of its forecasts', () => {
    const { scored, hitRate, meanLeadSeconds, coverage } = whole.forecasts!;
    expect(scored).toBeGreaterThanOrEqual(cycles - 1);
    expect(hitRate).toBeGreaterThan(0.5);
    expect(meanLeadSeconds! / 60).toBeGreaterThan(40);
    expect(coverage).toBeGreaterThan(0.6);
    expect(whole.alarms.every((one) => one.transitions[0]!.reason.includes('> 90'))).toBe(true);
  });

  it('counts from where it is asked', () => {
    expect(run('{ within: 60m }', 5 * cycle * minuteMs).forecasts!.scored).toBeLessThan(whole.forecasts!.scored);
  });

  it('gives a chart what was foretold for each time', () => {
    const { foretold, points } = whole.drawn![0]!;
    expect(foretold!.length).toBeGreaterThan(50);
    expect(foretold!.length).toBeLessThanOrEqual(501);
    for (const [timeMs, low, high] of foretold!) expect(low <= high && timeMs <= toMs).toBe(true);
    expect(foretold!.map(([timeMs]) => timeMs)).toEqual(foretold!.map(([timeMs]) => timeMs).toSorted((a, b) => a - b));
    expect(points.length).toBeGreaterThan(100);
  });

  it('opens work orders once the scorecard is good enough, and tells why not before', () => {
    const gated = run('{ within: 60m, minHitRate: 0.5, minScored: 3 }');
    expect(gated.alarms).toHaveLength(whole.alarms.length);
    expect(gated.orders.filter((one) => one.heldBack === undefined).length).toBeGreaterThan(0);
    expect(gated.orders[0]!.heldBack).toBe('0 of its forecasts have been scored, and minScored is 3');
    expect(whole.orders[0]!.heldBack).toBeUndefined();
  });

  it('says nothing of forecasts with other kinds', () => {
    const definitions = definitionsOf('{ within: 60m }');
    const policy = definitions.find((one): one is Policy => one.kind === 'Policy')!;
    const { forecast: _forecast, ...spec } = policy.spec;
    const work = reportBacktest({ policy: { ...policy, spec: { ...spec, kind: 'threshold' } }, definitions, tenant: 'default', series: [], fromMs: 0, toMs, graceMs: 0, idleMs: 1 }, {});
    let step = work.next();
    while (!step.done) step = work.next();
    expect(step.value.forecasts).toBeUndefined();
  });
});
