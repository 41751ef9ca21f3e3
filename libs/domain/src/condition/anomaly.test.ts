import type { Policy } from '@opsloop/contracts';
import { formatIssue } from '../definition/definition-issue.js';
import { parseDefinitions } from '../definition/parse-definitions.js';
import { testPolicies } from '../policy/policy-test/run-policy-tests.js';
import { anomalyKind } from './anomaly.js';
import type { SeriesCondition } from './condition.js';
import { createMemorySlots } from './memory-slots.js';

const windowMs = 300_000;
const slots = createMemorySlots();

function policyText(threshold: string, { extra = '', values = '', expected = '[]' } = {}): string {
  return `apiVersion: opsloop/v1
kind: Policy
metadata: { name: odd }
spec:
  kind: anomaly
  metric: app.load
  window: 5m
  threshold: ${threshold}
${extra}tests:
  - name: it
    input: { series: "app.load{host=a}", every: 5m, values: "${values}" }
    expect: ${expected}
`;
}

function parse(text: string): { policy: Policy; errors: string[] } {
  const { definitions, errors } = parseDefinitions(text, { baseWindowMs: 10_000, file: 'p.yaml' });
  return { policy: definitions[0]?.definition as Policy, errors: errors.map(formatIssue) };
}

function failures(text: string): readonly string[] {
  const { policy, errors } = parse(text);
  return errors.length > 0 ? errors : testPolicies([policy], { baseWindowMs: 10_000 })[0]!.results[0]!.failures;
}

/** Waves that never repeat exactly. */
const load = (index: number): number => 40 + Math.round(500 * Math.sin(index * index)) / 100;
const waves = (length: number, change: (index: number) => number = () => 0): number[] => Array.from({ length }, (_, index) => load(index) + change(index));

function seriesOf(threshold: string): SeriesCondition {
  return anomalyKind.compile(parse(policyText(threshold, { values: '1' })).policy).series!;
}

describe('kind anomaly', () => {
  it('opens at what is unusual, at the level of its score, and resolves when it is over', () => {
    const values = waves(700, (index) => (index === 600 ? 300 : 0)).join(' ');
    expect(failures(policyText('{ info: "> 0.5", warn: "> 0.65", critical: "> 0.8" }', { values, expected: '[{ at: 3005m, level: critical }, { at: 3010m, state: resolved }]' }))).toEqual([]);
  });

  it('stays open while a shift goes on, then takes it for the new level', () => {
    const series = seriesOf('{ warn: "> 0.5" }');
    const memory = series.create(slots);
    const over: number[] = [];
    for (const [index, value] of waves(1400, (at) => (at >= 700 ? 60 : 0)).entries()) {
      const { value: score } = series.step(memory, { startMs: index * windowMs, endMs: (index + 1) * windowMs, value }, slots)!;
      if (index >= 600 && score > 0.5) over.push(index);
    }
    expect(over[0]).toBe(700);
    expect(over.length).toBeGreaterThan(3);
    expect(over.at(-1)! - over[0]!).toBe(over.length - 1);
    expect(over.at(-1)).toBeLessThan(900);
  });

  it('says nothing of a window in which a counter was reset, so that an open alarm stays as it is', () => {
    const series = seriesOf('{ warn: "> 0.5" }');
    const memory = series.create(slots);
    let reading = 0;
    const seen = Array.from({ length: 1000 }, (_, index) => {
      reading = index === 903 ? 5 : reading + load(index) + (index >= 900 ? 80 : 0);
      return series.step(memory, { startMs: index * windowMs, endMs: (index + 1) * windowMs, value: reading }, slots);
    });
    expect(seen.slice(900, 906).map((verdict) => verdict && verdict.value > 0.5)).toEqual([true, true, true, undefined, true, true]);
    expect(seen.filter((verdict) => verdict?.measured().includes('NaN'))).toEqual([]);
  });

  it('holds like any other: one odd window is not enough', () => {
    const values = waves(900, (index) => (index === 600 || index >= 800 ? 60 : 0)).join(' ');
    expect(failures(policyText('{ warn: "> 0.5" }', { extra: '  hold: 15m\n  keepOpen: 1d\n', values, expected: '[{ at: 4015m, level: warn }]' }))).toEqual([]);
  });

  it('says what was seen, what is usual, and why', () => {
    const series = seriesOf('{ warn: "> 0.5" }');
    const memory = series.create(slots);
    const verdicts = waves(700, (index) => (index === 699 ? 300 : 0)).map((value, index) => series.step(memory, { startMs: index * windowMs, endMs: (index + 1) * windowMs, value }, slots)!);
    expect(verdicts[699]!.measured()).toMatch(/^app\.load was 344\.98 where (39|40|41)(\.\d+)? is usual of late \(up to \d+(\.\d+)? off\), score 1\.00$/);
  });

  it('remembers through a checkpoint, and begins anew with bytes of another format', () => {
    const series = seriesOf('{ warn: "> 0.5" }');
    const whole = series.create(slots);
    let resumed = series.create(slots);
    const differing: number[] = [];
    for (const [index, value] of waves(500, (at) => (at % 150 === 149 ? 90 : 0)).entries()) {
      const window = { startMs: index * windowMs, endMs: (index + 1) * windowMs, value };
      if (index % 50 === 0) resumed = series.decode(JSON.parse(JSON.stringify(series.encode(resumed, slots))), slots);
      if (series.step(resumed, window, slots)?.value !== series.step(whole, window, slots)?.value) differing.push(index);
    }
    expect(differing).toEqual([]);
    expect(series.decode([btoa('nonsense'), false], slots)).toBeUndefined();
    expect(series.decode(['not base64 %', false], slots)).toBeUndefined();
  });

  it.each([
    ['a limit on values', '{ warn: "> 80" }', /^p\.yaml:8:\d+ spec\.threshold\.warn: "> 80" is no limit of a score: scores lie between 0 and 1/],
    ['a limit downwards', '{ warn: "< 0.5" }', /"< 0\.5" is no limit of a score/],
    ['no limit', '{ recover: "< 0.5" }', /spec\.threshold: needs at least one of info, warn and critical/],
  ])('refuses %s', (_name, threshold, message) => {
    expect(parse(policyText(threshold, { values: '1' })).errors[0]).toMatch(message);
  });
});
