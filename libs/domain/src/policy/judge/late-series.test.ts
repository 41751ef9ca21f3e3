/** Series that come later than the others of their source. */
import type { PolicySpec } from '@opsloop/contracts';
import { judge, load, minute } from './judge-fixture.js';
import { range, watchSamples, type Sent } from './decisions-under-test.js';
import { storedPolicy } from './window-fixture.js';

const watch = (spec: Partial<PolicySpec>, sent: readonly Sent[], killEvery?: number) => watchSamples([storedPolicy('p', spec)], sent, killEvery === undefined ? {} : { killEvery });

/** Another metric of the same host and token, on time every 10 s. */
const onTime = range(0, 1_800, 10).map((timeS): Sent => ({ arrivalS: timeS + 0.1, samples: [['app.other', timeS, 1]] }));

describe('a series that trails the others of its source', () => {
  const trailing = (valueOf: (timeS: number) => number, delayS = 25) => range(0, 1_770, 10).map((timeS): Sent => ({ arrivalS: timeS + delayS + 0.1, samples: [['app.load', timeS, valueOf(timeS)]] }));

  it('is judged, by all of its samples', () => {
    const { log, values } = watch({ aggregate: 'AVG' }, [...onTime, ...trailing((timeS) => 90 + (timeS % 60))]);
    expect(log).toEqual(['60 opened warn']);
    // The first window was over before it was known that the series trails.
    const [, ...later] = [...values.values()];
    expect(later).toEqual(Array.from({ length: 28 }, () => 115));
  });

  it('is not missing, and comes to an end when it does', () => {
    const sent = trailing(() => 1).filter(({ arrivalS }) => arrivalS < 900);
    const { log } = watch({ kind: 'absence', absence: { warn: '2m' }, threshold: undefined } as unknown as Partial<PolicySpec>, [...onTime, ...sent]);
    expect(log).toEqual(['1015.1 opened warn']);
  });

  it('is judged alike after every restart', () => {
    const sent = [...onTime, ...trailing((timeS) => (timeS % 300 < 150 ? 95 : 5) + (timeS % 60))];
    const spec: Partial<PolicySpec> = { aggregate: 'AVG' };
    expect(watch(spec, sent, 7)).toEqual(watch(spec, sent));
    expect(watch(spec, sent).log.length).toBeGreaterThan(6);
  });

  it('is waited for no longer than it needs: once on time, its windows close on time', () => {
    const sent = [...trailing(() => 5).filter(({ arrivalS }) => arrivalS < 600), ...range(600, 1_790, 10).map((timeS): Sent => ({ arrivalS: timeS + 0.1, samples: [['app.load', timeS, timeS >= 900 ? 95 : 5]] }))];
    const { log } = watch({ aggregate: 'MIN' }, [...onTime, ...sent].filter(({ arrivalS }) => arrivalS < 973));
    expect(log).toEqual(['960 opened warn']);
  });
});

describe('two agents of one host and token, of which one sends once a minute', () => {
  it.each([[5], [30], [55]])('have every peak seen, sent %i s into the minute', (atS) => {
    const peaks = [430, 890, 1_390];
    const flushes = range(atS, 1_790, 60).map((arrivalS): Sent => ({ arrivalS, samples: range(Math.max(0, Math.ceil((arrivalS - 59) / 10) * 10), arrivalS, 10).map((timeS) => ['app.load', timeS, peaks.includes(timeS) ? 95 : 5] as const) }));
    const { log } = watch({ aggregate: 'MAX' }, [...onTime, ...flushes]);
    expect(log).toEqual(peaks.flatMap((timeS) => [`${Math.floor(timeS / 60) * 60 + 60} opened warn`, `${Math.floor(timeS / 60) * 60 + 120} resolved warn`]));
  });
});

describe('corrections', () => {
  it('of what was judged change nothing, and do not put off what follows', () => {
    const loop = judge([storedPolicy('p', {})]);
    minute(loop, 0, [10, 10, 10, 10, 10]);
    loop.window({ dictionary: load, startMs: 0, values: [10_000], correction: true, closedToMs: 50_000 });
    minute(loop, 50_000, [10, 90, 90, 90, 90, 90, 90]);
    expect(loop.log()).toEqual(['120 p opened warn a']);
  });
});
