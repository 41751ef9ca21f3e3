/** The same policies over the same samples: live through services that die, with batches shuffled within the grace, and in a backtest. */
import { buildResource, eventually, settledAlarms, type SettledAlarm } from '@opsloop/testing';
import { describeTransition, replayHistory, windowsOfSamples } from '@opsloop/domain';
import { createLoopUnderTest, type LoopUnderTest, type TestRow } from './loop-under-test.js';

const lengthS = 1_920;
/** The owner of a group that begins without its past hears of every member within five minutes, and judges nothing before. */
const calmS = 330;
const startMs = Math.floor(Date.now() / 60_000) * 60_000 - 4 * 3_600_000;
const endMs = startMs + lengthS * 1_000;
const hosts = ['a', 'b', 'c'].map((uid) => buildResource({ uid: `host-${uid}` }));
const metrics = ['load', 'errors', 'requests'];

const policies: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  level: { window: '1m', threshold: { info: '> 60', warn: '> 75', critical: '> 90', recover: '< 55' }, hold: '1m', keepOpen: '1m' },
  peak: { aggregate: 'MAX', threshold: { warn: '> 85', critical: '> 97' } },
  'long-peak': { aggregate: 'MAX', window: '1m', hold: '2m', threshold: { warn: '> 70' }, keepOpen: '1m' },
  low: { aggregate: 'MIN', window: '30s', threshold: { warn: '< 5' } },
  last: { aggregate: 'LAST', threshold: { warn: '> 90' } },
  rate: { kind: 'rate', rate: { per: '1m', over: '1m' }, threshold: { warn: '> 20' } },
  change: { kind: 'change', change: { against: '5m', as: 'difference', baseline: '1m' }, threshold: { warn: '> 30', recover: '< 20' } },
  ratio: { kind: 'ratio', metric: 'app.errors', ratio: { to: 'app.requests' }, threshold: { warn: '> 150' } },
  both: { kind: 'composite', composite: { when: { busy: { is: '> 70' }, failing: { metric: 'app.errors', aggregate: 'MAX', is: '> 90' } }, warn: 'busy or failing', critical: 'busy and failing' } },
  share: { kind: 'group', group: { where: '> 60', by: ['team'], atLeast: 2 }, threshold: { warn: '> 30', critical: '> 70' } },
  odd: { kind: 'anomaly', threshold: { warn: '> 0.5' } },
  ahead: { kind: 'forecast', threshold: { warn: '> 95' }, forecast: { within: '30m' } },
};
/** Where a service dies, one after the other. */
const deaths = ['trigger.before-emit', 'aggregator.after-emit', 'trigger-groups.before-emit', 'trigger.after-checkpoint', 'aggregator.before-checkpoint', 'trigger.after-emit', 'aggregator.before-emit', 'trigger.before-checkpoint'];

/** Numbers in [0, 1) from a linear congruential generator (Numerical Recipes). */
function lcg(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

/** A walk with bursts for each series. Each row arrives up to 1.9 s late, so rows overtake each other. */
function rowsOf(random: () => number): TestRow[] {
  return hosts.flatMap((resource) => {
    const walk = metrics.map(() => 40);
    return Array.from({ length: lengthS }, (_, second): TestRow => {
      for (const place of metrics.keys()) {
        if (second > calmS && random() < 0.005) walk[place] = 100 * random();
        walk[place] = Math.min(second > calmS ? 100 : 50, Math.max(1, walk[place]! + 6 * (random() - 0.5)));
      }
      const timeMs = startMs + second * 1_000 + 100;
      const spike = second > 1_300 && second % 300 === 7 ? 900 : 0;
      return { resource, timeMs, arrivalMs: timeMs + Math.floor(1_900 * random()), values: { load: walk[0]! + spike, errors: walk[1]!, requests: walk[2]! } };
    });
  }).toSorted((a, b) => a.arrivalMs - b.arrivalMs);
}

async function live(loop: LoopUnderTest, rows: readonly TestRow[]): Promise<number> {
  await loop.start();
  let died = 0;
  let next = 0;
  let point = 0;
  const partS = lengthS / 12;
  for (let fromS = 0; fromS < lengthS + 180; fromS += partS) {
    // A service dies in every other part, and the next part finds it again.
    const isLethal = fromS < lengthS && Math.round(fromS / partS) % 2 === 1;
    if (isLethal) loop.arm(deaths[point++ % deaths.length]!);
    for (let second = fromS; second < fromS + partS; second += 5) {
      const untilMs = startMs + (second + 5) * 1_000;
      const first = next;
      while (next < rows.length && rows[next]!.arrivalMs < untilMs) next++;
      if (next > first) await loop.send(rows.slice(first, next));
      await loop.tick(untilMs);
    }
    await loop.settled();
    if (isLethal && !loop.isArmed()) died++;
    await loop.start();
  }
  return died;
}

function backtest(loop: LoopUnderTest, rows: readonly TestRow[]): SettledAlarm[] {
  const series = hosts.flatMap((resource) => metrics.map((name) => {
    const samples = rows.filter((row) => row.resource === resource).toSorted((a, b) => a.timeMs - b.timeMs).map(({ timeMs, values }) => ({ timeMs, value: values[name]! }));
    return windowsOfSamples({ resource, attributes: { host: resource.uid, team: 'web' }, metric: `app.${name}`, labels: {}, widthMs: 10_000 }, samples);
  }));
  const work = replayHistory({ records: loop.records, series, toMs: endMs, graceMs: 2_000, idleMs: 30_000 });
  let step = work.next();
  while (!step.done) step = work.next();
  return settledAlarms(step.value.decisions.map((decision) => describeTransition(decision, 0)));
}

describe('live and in a backtest', () => {
  it('alarms are the same, with the same times', async () => {
    const loop = await createLoopUnderTest();
    try {
      for (const [name, spec] of Object.entries(policies)) await loop.store(name, spec);
      const rows = rowsOf(lcg(11));
      const died = await live(loop, rows);
      expect(died).toBeGreaterThan(3);
      // What begins in the last minutes ends after the samples do.
      const early = (one: SettledAlarm): boolean => one.atMs < endMs - 60_000;
      const tested = backtest(loop, rows).filter(early);
      await eventually('all alarms are told', () => settledAlarms(loop.alarms).filter(early).length >= tested.length, 10_000).catch(() => undefined);
      const lines = (list: readonly SettledAlarm[]): string[] => list.filter(early).map((one) => `${one.policy} ${(one.atMs - startMs) / 1000} ${one.state} ${one.occurrence}`).toSorted();
      expect(lines(settledAlarms(loop.alarms))).toEqual(lines(tested));
      expect([...new Set(tested.map(({ policy }) => policy))].toSorted()).toEqual(Object.keys(policies).toSorted());
    } finally {
      await loop.stop();
    }
  }, 240_000);
});
