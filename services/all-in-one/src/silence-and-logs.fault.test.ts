/** Policies of silence and of log lines: live through services that die, with what comes shuffled within the grace, and in a backtest of what history kept. */
import type { LogRecord } from '@opsloop/contracts';
import { describeTransition, replayHistory, type HistorySeriesData } from '@opsloop/domain';
import { buildResource, eventually, settledAlarms, type SettledAlarm } from '@opsloop/testing';
import { attributesOf, createLoopUnderTest, type LoopUnderTest, type TestLines, type TestRow } from './loop-under-test.js';

const windowMs = 10_000;
const lengthS = 1_440;
const partS = 160;
const startMs = Math.floor(Date.now() / 60_000) * 60_000 - 4 * 3_600_000;
const endMs = startMs + lengthS * 1_000;
/** Falls silent twice, and is loud before. */
const mortal = buildResource({ uid: 'host-d' });
const isSilentAt = (second: number): boolean => (second >= 320 && second < 620) || (second >= 820 && second < 1_020);
/** In a partition of its own: its lines are counted before the samples of the same time come. */
const logging = buildResource({ uid: 'host-log' });

const policies: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  absence: { kind: 'absence', metric: 'app.beat', absence: { warn: '2m', critical: '4m' } },
  'no-data': { metric: 'app.beat', noData: 'no-data', noDataAfter: '1m', threshold: { warn: '> 1000' } },
  'ok-when-gone': { metric: 'app.beat', noData: 'ok', noDataAfter: '1m', threshold: { warn: '> 50' } },
  'log-errors': { kind: 'log-pattern', metric: '', log: { match: 'failed', severity: 'error', counts: 'lines' }, threshold: { warn: '> 2', critical: '> 5' }, keepOpen: '1m' },
  'log-new': { kind: 'log-pattern', metric: '', log: { counts: 'appeared' }, threshold: { info: '> 0' } },
  'log-surge': { kind: 'log-pattern', metric: '', log: { counts: 'surged' }, threshold: { warn: '> 0' } },
  'log-idle': { kind: 'log-pattern', metric: '', log: { match: 'request', counts: 'lines' }, threshold: { warn: '< 1' } },
};
const isBySilence = ({ policy }: SettledAlarm): boolean => !policy.startsWith('log-');
const metrics: readonly (readonly [typeof logging, string])[] = [[mortal, 'app.beat'], ...['line_count', 'template_count', 'template_appeared', 'template_surged'].map((name) => [logging, `log.${name}`] as const)];
/** Where a service dies, one after the other: while lines are counted, and while samples come. */
const logDeaths = ['log-watch.before-emit', 'log-watch.after-emit', 'log-watch.before-checkpoint', 'log-watch.after-checkpoint'];
const deaths = ['trigger.before-emit', 'aggregator.after-emit', 'trigger.after-checkpoint', 'aggregator.before-checkpoint', 'trigger.after-emit', 'aggregator.before-emit'];

/** Numbers in [0, 1) from a linear congruential generator (Numerical Recipes). */
function lcg(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

/** What happens in the second arrives up to 1.9 s later, so it overtakes what happened before. */
function timesOf(second: number, random: () => number): { readonly timeMs: number; readonly arrivalMs: number } {
  const timeMs = startMs + second * 1_000 + 100;
  return { timeMs, arrivalMs: timeMs + Math.floor(1_900 * random()) };
}

function beatsOf(random: () => number): TestRow[] {
  const seconds = Array.from({ length: lengthS }, (_, second) => second).filter((second) => !isSilentAt(second));
  return seconds.map((second) => ({ resource: mortal, ...timesOf(second, random), values: { beat: isSilentAt(second + 60) ? 90 : 10 } })).toSorted((a, b) => a.arrivalMs - b.arrivalMs);
}

/** From the second part on: usual lines, errors for a while, something new, a burst, and silence in the end. */
function linesOf(random: () => number): TestLines[] {
  return Array.from({ length: 1_040 }, (_, index) => partS + index).map((second): TestLines => {
    const { timeMs, arrivalMs } = timesOf(second, random);
    const line = (text: string, level = 'info'): LogRecord => ({ timeMs, service: 'shop', level, text });
    const records = Array.from({ length: second >= 1_000 && second < 1_060 ? 40 : 2 }, (__, i) => line(`request ${i} took ${second % 90} ms`));
    if (second > 800 && second < 880) records.push(line(`login of user u${second} failed`, 'error'));
    if (second === 925) records.push(line('kernel panic at 0xdeadbeef', 'critical'));
    return { resource: logging, arrivalMs, records };
  }).toSorted((a, b) => a.arrivalMs - b.arrivalMs);
}

/** The lines of a part of the time are counted. */
async function liveLines(loop: LoopUnderTest, lines: readonly TestLines[], fromMs: number, toMs: number): Promise<void> {
  for (let untilMs = fromMs + 5_000; untilMs <= toMs; untilMs += 5_000) {
    await loop.sendLogs(lines.filter(({ arrivalMs }) => arrivalMs >= untilMs - 5_000 && arrivalMs < untilMs));
    await loop.tickLogs(untilMs);
  }
  // The last window whose grace is over.
  await loop.linesCounted(Math.floor((toMs - windowMs - 2_000) / windowMs) * windowMs);
}

async function liveBeats(loop: LoopUnderTest, beats: readonly TestRow[], fromMs: number, toMs: number): Promise<void> {
  for (let untilMs = fromMs + 5_000; untilMs <= toMs; untilMs += 5_000) {
    await loop.send(beats.filter(({ arrivalMs }) => arrivalMs >= untilMs - 5_000 && arrivalMs < untilMs));
    await loop.tick(untilMs);
  }
  await loop.settled();
}

/** A series that begins to be watched is given its history within seconds of real time, in which minutes pass here; two ticks later it is stored. */
async function seeded(loop: LoopUnderTest, series: number, nowMs: number): Promise<void> {
  await eventually('series have their history', async () => (await loop.metric('trigger_series_seeded_total')) >= series, 60_000);
  for (let tick = 0; tick < 2; tick++) {
    await loop.tick(nowMs);
    await loop.settled();
  }
}

/** Samples alone come first; then in each part lines are counted before its samples come, and a service dies. Answers how many did. */
async function live(loop: LoopUnderTest, beats: readonly TestRow[], lines: readonly TestLines[]): Promise<number> {
  const edgeMs = (part: number): number => startMs + part * partS * 1_000;
  await loop.start();
  await liveBeats(loop, beats, edgeMs(0), edgeMs(1));
  await seeded(loop, 2, edgeMs(1));
  let died = 0;
  for (let part = 1; part * partS <= lengthS; part++) {
    const isLogDeath = part % 2 === 0;
    loop.arm(isLogDeath ? logDeaths[(part / 2 - 1) % logDeaths.length]! : 'none');
    await liveLines(loop, lines, edgeMs(part), edgeMs(part + 1));
    if (!isLogDeath) loop.arm(deaths[((part - 1) / 2) % deaths.length]!);
    await liveBeats(loop, beats, edgeMs(part), edgeMs(part + 1));
    if (!loop.isArmed()) died++;
    await loop.start();
  }
  await loop.settled();
  return died;
}

async function storedHistory({ metricStore }: LoopUnderTest): Promise<HistorySeriesData[]> {
  const found = await Promise.all(metrics.map(async ([resource, metric]) => {
    const stored = await metricStore.query({ selector: { tenant: 'default', metric, resources: [resource.id] }, fromMs: startMs, toMs: endMs, stepMs: windowMs, tier: 'base' });
    return stored.map((one) => ({ ...one, resource, attributes: attributesOf(resource), metric, widthMs: windowMs }));
  }));
  return found.flat();
}

function backtest(loop: LoopUnderTest, series: readonly HistorySeriesData[]): SettledAlarm[] {
  const work = replayHistory({ records: loop.records, series, toMs: endMs, graceMs: 2_000, idleMs: 30_000 });
  let step = work.next();
  while (!step.done) step = work.next();
  return settledAlarms(step.value.decisions.map((decision) => describeTransition(decision, 0)));
}

it('alarms are the same, with the same times, those of silence to within a window', async () => {
  const loop = await createLoopUnderTest();
  try {
    for (const [name, spec] of Object.entries(policies)) await loop.store(name, spec);
    expect(await live(loop, beatsOf(lcg(12)), linesOf(lcg(13)))).toBeGreaterThan(4);
    // What begins in the last minute ends after the samples do.
    const early = (list: readonly SettledAlarm[]): SettledAlarm[] => Object.keys(policies).flatMap((name) => list.filter(({ policy, atMs }) => policy === name && atMs < endMs - 60_000));
    const told = early(settledAlarms(loop.alarms));
    const tested = early(backtest(loop, await storedHistory(loop)));
    const words = (list: readonly SettledAlarm[]): string[] => list.map((one) => (isBySilence(one) ? `${one.policy} ${one.state}` : `${one.policy} ${(one.atMs - startMs) / 1000} ${one.state} ${one.occurrence}`));
    expect(words(told)).toEqual(words(tested));
    for (const [index, { atMs }] of told.entries()) expect(Math.abs(atMs - tested[index]!.atMs)).toBeLessThanOrEqual(windowMs);
    expect([...new Set(tested.map(({ policy, state }) => `${policy} ${state}`))].toSorted()).toEqual([
      'absence critical', 'absence resolved', 'absence warn', 'log-errors critical', 'log-errors resolved', 'log-idle warn', 'log-new info', 'log-new resolved', 'log-surge resolved', 'log-surge warn',
      'no-data down', 'no-data resolved', 'ok-when-gone resolved', 'ok-when-gone warn',
    ]);
  } finally {
    await loop.stop();
  }
}, 240_000);
