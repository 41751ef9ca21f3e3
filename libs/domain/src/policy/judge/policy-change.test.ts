/** Policies that are changed while they watch. */
import type { PolicySpec } from '@opsloop/contracts';
import { range, watchSamples, type Sent } from './decisions-under-test.js';
import { storedPolicy } from './window-fixture.js';

const samples = (valueOf: (timeS: number) => number, toS = 1_300, metrics = ['app.load']) => range(0, toS, 10).map((timeS): Sent => ({ arrivalS: timeS + 0.2, samples: metrics.map((metric) => [metric, timeS, valueOf(timeS)] as const) }));

/** In force from `atS` on, read a few seconds later. */
function watchChange(before: Partial<PolicySpec>, after: Partial<PolicySpec>, atS: number, sent: readonly Sent[]): string[] {
  const former = storedPolicy('p', before);
  const changed = storedPolicy('p', { ...before, ...after }, former, atS * 1_000);
  return watchSamples([former], sent, { changes: [{ atS: atS + 5, records: [changed] }] }).log;
}

describe('a policy that is given another metric', () => {
  const spec: Partial<PolicySpec> = { metric: 'health.up', aggregate: 'MIN', window: '10s', threshold: { critical: '< 1' } };
  const metrics = ['health.up', 'http.up'];

  it.each(range(600, 630, 3).map((atS) => [atS]))('does not miss the former one on a healthy host, changed at %i s', (atS) => {
    expect(watchChange({ ...spec, noData: 'no-data' }, { metric: 'http.up' }, atS, samples(() => 1, 1_300, metrics))).toEqual([]);
  });

  it('has its open alarm ended, and opens none for the former one', () => {
    const sent = range(0, 1_300, 10).map((timeS): Sent => ({ arrivalS: timeS + 0.2, samples: [['health.up', timeS, 0], ['http.up', timeS, 1]] }));
    expect(watchChange(spec, { metric: 'http.up' }, 600, sent)).toEqual(['10 opened critical', '605 resolved critical']);
  });
});

describe('a policy that is given another window or aggregate', () => {
  it('does not judge the window under way by what is left of it', () => {
    const peak = samples((timeS) => (timeS >= 3_540 && timeS < 3_600 ? 95 : 5), 7_300);
    expect(watchChange({ aggregate: 'AVG', window: '30m' }, { window: '1h' }, 3_550, peak)).toEqual([]);
    expect(watchChange({ aggregate: 'AVG', window: '1h' }, { aggregate: 'MIN' }, 3_550, peak)).toEqual([]);
  });

  it('forgets what it had raised for the former one', () => {
    const sent = samples((timeS) => (timeS >= 3_600 && timeS < 3_650 ? 90 : timeS >= 4_200 && timeS < 6_000 ? 99 : 5), 7_300);
    const log = watchChange({ aggregate: 'MAX', window: '1h', threshold: { warn: '> 80', critical: '> 95' } }, { aggregate: 'AVG', window: '1m' }, 3_900, sent);
    expect(log).toEqual(['7200 opened warn', '3960 resolved warn', '4260 opened critical', '6060 resolved critical']);
  });
});

describe('a clock that is ahead for a while', () => {
  it.each([[0], [120], [300], [1_800]])('by %i s hides no outage that follows', (aheadS) => {
    const policy = storedPolicy('p', { metric: 'health.up', aggregate: 'MIN', window: '10s', threshold: { critical: '< 1' } });
    const sent = range(0, 2_000, 10).map((timeS): Sent => {
      const isAhead = timeS >= 930 && timeS < 950;
      return { arrivalS: timeS + 0.2, samples: [['health.up', isAhead ? timeS + aheadS : timeS, isAhead || (timeS >= 1_020 && timeS < 1_500) ? 0 : 1]] };
    });
    const { log } = watchSamples([policy], sent);
    expect(log).toContain('1030 opened critical');
    expect(log.at(-1)).toBe('1510 resolved critical');
  });
});
