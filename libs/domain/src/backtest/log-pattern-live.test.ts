/** Log lines on their whole way, templates, counts, windows, alarms: live with kills, and in a backtest over what history keeps of them. */
import type { LogRecord, RawBatch, WindowBatch } from '@opsloop/contracts';
import { occurrenceOf, type AlarmDecision } from '../alarm/describe-transition.js';
import { createPartitionLogs, stepLogBatch, stepLogTick } from '../log-watch/partition-logs.js';
import { decodePartitionLogs, encodePartitionLogs } from '../log-watch/partition-logs-codec.js';
import { judgeBatch } from '../policy/judge/judge-batch.js';
import { createJudgement } from '../policy/judge/judge-context.js';
import { judgeTick } from '../policy/judge/judge-tick.js';
import { createPolicySet } from '../policy/policy-set.js';
import { decodeWatchState, encodeWatchState } from '../policy/watch/watch-state-codec.js';
import { createWatchState } from '../policy/watch/watch-state.js';
import { hostResource, storedPolicy } from '../policy/judge/window-fixture.js';
import { createPartitionWindows, stepBatch, stepTick } from '../window/partition-windows.js';
import { createWindowTools } from '../window/window-tools.js';
import { windowsOfSamples, type HistorySeriesData } from './history-series.js';
import { replayHistory } from './replay-history.js';

const settings = { widthMs: 10_000, graceMs: 2_000, latenessMs: 60_000, idleMs: 30_000, maxSeries: 1_000 };
const startMs = Date.UTC(2026, 0, 1);
const lengthMs = 2_400_000;
const policies = [
  storedPolicy('errors', { kind: 'log-pattern', metric: '', log: { match: 'failed', severity: 'error', counts: 'lines' }, threshold: { warn: '> 2', critical: '> 20' }, keepOpen: '1m' }),
  storedPolicy('new', { kind: 'log-pattern', metric: '', log: { counts: 'appeared' }, threshold: { info: '> 0' } }),
  storedPolicy('surge', { kind: 'log-pattern', metric: '', log: { counts: 'surged' }, threshold: { warn: '> 0' } }),
  storedPolicy('idle', { kind: 'log-pattern', metric: '', log: { match: 'request', counts: 'lines' }, threshold: { warn: '< 1' } }),
];

/** The lines of one second: usual ones, errors from time to time, a burst, something new, and silence in the end. */
function linesAt(second: number, host: string): LogRecord[] {
  const line = (text: string, level = 'info'): LogRecord => ({ timeMs: startMs + second * 1_000 + 100, service: 'shop', level, text });
  if (second > 2_000) return [];
  const lines = Array.from({ length: second >= 1_500 && second < 1_560 && host === 'a' ? 40 : 2 }, (_, i) => line(`request ${i} took ${second % 90} ms`));
  if (second > 900 && second < 1_000) lines.push(line(`login of user u${second} failed`, 'error'));
  if (second === 1_234) lines.push(line('kernel panic at 0xdeadbeef', 'critical'));
  return lines;
}

interface Live {
  readonly decisions: readonly AlarmDecision[];
  readonly counts: readonly RawBatch[];
}

function live(killEvery: number): Live {
  const set = createPolicySet(policies);
  const out = createJudgement();
  const counts: RawBatch[] = [];
  let logs = createPartitionLogs(settings.widthMs);
  let watches = createWatchState();
  const windows = createPartitionWindows(createWindowTools(settings));
  let position = 0;
  const onWindow = (batch: WindowBatch): void => judgeBatch({ state: watches, policies: set, out, arrivalMs: windows.clockMs }, batch);
  const outputs = {
    change: () => undefined,
    counts(batch: RawBatch) {
      counts.push(batch);
      stepBatch(windows, batch, { position: position++, arrivalMs: logs.clockMs }, onWindow);
    },
  };
  for (let second = 0; second < lengthMs / 1_000 + 120; second++) {
    const nowMs = startMs + (second + 1) * 1_000;
    for (const host of ['a', 'b']) {
      const records = linesAt(second, host);
      if (records.length > 0) stepLogBatch(logs, { resource: hostResource(host), attributes: { host }, source: 'agent', contentHash: `${host === 'a' ? '0a' : '0b'}${String(second).padStart(14, '0')}`, records }, nowMs, outputs);
    }
    stepLogTick(logs, nowMs, outputs);
    stepTick(windows, nowMs, onWindow);
    judgeTick({ state: watches, policies: set, out, arrivalMs: nowMs }, settings.idleMs);
    if (second % killEvery !== killEvery - 1) continue;
    logs = decodePartitionLogs([...encodePartitionLogs(logs)], settings.widthMs);
    watches = decodeWatchState([...encodeWatchState(watches)]);
  }
  return { decisions: out.decisions, counts };
}

function historyOf(counts: readonly RawBatch[]): HistorySeriesData[] {
  const bySeries = new Map<string, { about: Parameters<typeof windowsOfSamples>[0]; samples: { timeMs: number; value: number }[] }>();
  for (const { resource, attributes, dictionary, rows } of counts) {
    for (const { timeMs, values } of rows) {
      for (const [slot, value] of values.entries()) {
        const [metric, labels] = [dictionary.metrics[dictionary.metricOf[slot]!]!, dictionary.labelSets[dictionary.labelsOf[slot]!]!];
        const key = JSON.stringify([resource.id, metric, labels]);
        const one = bySeries.get(key) ?? { about: { resource, attributes, metric, labels, widthMs: settings.widthMs }, samples: [] };
        bySeries.set(key, one);
        one.samples.push({ timeMs, value });
      }
    }
  }
  return [...bySeries.values()].map(({ about, samples }) => windowsOfSamples(about, samples));
}

function linesOf(decisions: readonly AlarmDecision[]): string[] {
  return decisions.filter(({ change }) => change.atMs <= startMs + lengthMs).map((one) => `${one.policy.name} ${one.resource.uid} ${occurrenceOf(one)}#${one.change.transition} ${(one.change.atMs - startMs) / 60_000} ${one.change.type} ${one.change.level} ${one.change.reason}`).toSorted();
}

it('gives the same alarms live, across restarts, and in a backtest', () => {
  const { decisions, counts } = live(Infinity);
  const told = linesOf(decisions);
  expect(linesOf(live(97).decisions)).toEqual(told);
  const work = replayHistory({ records: policies, series: historyOf(counts), toMs: startMs + lengthMs, graceMs: settings.graceMs, idleMs: settings.idleMs });
  let step = work.next();
  while (!step.done) step = work.next();
  expect(linesOf(step.value.decisions)).toEqual(told);
  const summary = new Set(told.map((text) => text.replace(/ \S+#\d+/, '').split(' ').slice(0, 5).join(' ')));
  for (const one of ['errors a 16 alarm.opened critical', 'errors b 18 alarm.resolved critical', 'new a 21 alarm.opened info', 'new a 22 alarm.resolved info', 'surge a 26 alarm.opened warn', 'idle a 35 alarm.opened warn']) expect(summary).toContain(one);
  // Only host a had the burst of requests; the errors were a surge on both.
  expect(told.filter((text) => text.startsWith('surge b') && text.includes('request'))).toEqual([]);
});
