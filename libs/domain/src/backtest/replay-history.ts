/** History through the very functions that judge live windows and groups. Read this file first. */
import type { DefinitionRecord, WindowBatch } from '@opsloop/contracts';
import type { AlarmDecision } from '../alarm/describe-transition.js';
import { createGroupState } from '../group/group-state.js';
import { moveProgress, takeReport } from '../group/step-group.js';
import { judgeBatch } from '../policy/judge/judge-batch.js';
import { createJudgement, type JudgeHooks } from '../policy/judge/judge-context.js';
import { judgeTick } from '../policy/judge/judge-tick.js';
import { createPolicySet } from '../policy/policy-set.js';
import { createWatchState } from '../policy/watch/watch-state.js';
import type { HistorySeriesData } from './history-series.js';

export interface ReplayOptions extends JudgeHooks {
  /** Policies as they are stored; each window is judged by the version in force at its end. */
  readonly records: readonly DefinitionRecord[];
  /** Of any resources and metrics, all of one width. */
  readonly series: readonly HistorySeriesData[];
  /** End of the replay, event time, ms: silence is judged until then. */
  readonly toMs: number;
  /** OPSLOOP_GRACE_MS: how long after its end a window arrives. */
  readonly graceMs: number;
  /** OPSLOOP_IDLE_MS. */
  readonly idleMs: number;
}

export interface Replayed {
  readonly decisions: readonly AlarmDecision[];
  /** Policy windows that were judged. */
  readonly judged: number;
  /** Windows that a policy's window is no multiple of. */
  readonly misfit: number;
}

const tickMs = 1_000;
const windowsPerTurn = 2_000;

/**
 * Every decision that the policies would have taken, in order. The arrival clock is that of a sender without delay: a
 * window arrives when its grace is over, or the idle time where its sender fell silent. So what silence decides is dated
 * to within a window of this history, and everything else exactly. Yields every few milliseconds of work, so that a
 * server can do others' work.
 */
export function* replayHistory(options: ReplayOptions): Generator<undefined, Replayed> {
  const { graceMs, idleMs, toMs } = options;
  const policies = createPolicySet(options.records);
  if (policies.problems.length > 0) throw new Error(policies.problems.join('; '));
  const state = createWatchState();
  const groups = createGroupState(1);
  const out = createJudgement(options);
  let clockMs = -Infinity;
  let done = 0;

  /** Ticks up to a time, only where something is due. */
  function* tickTo(untilMs: number): Generator<undefined, void> {
    for (;;) {
      let dueMs = Infinity;
      for (const watched of state.resources.values()) dueMs = Math.min(dueMs, watched.nextCheckMs);
      const atMs = Math.max(Math.ceil(dueMs / tickMs) * tickMs, clockMs);
      if (!(atMs < untilMs)) break;
      judgeAt(atMs);
      clockMs = atMs + tickMs;
      if (++done % windowsPerTurn === 0) yield;
    }
    clockMs = Math.max(clockMs, untilMs);
    judgeAt(untilMs);
  }

  function judgeAt(arrivalMs: number): void {
    judgeTick({ state, policies, out, arrivalMs }, idleMs);
    const grouping = { state: groups, policies, out, waitMs: idleMs + tickMs };
    for (const report of out.reports.splice(0)) takeReport(grouping, report);
    if (policies.hasGroups) moveProgress(grouping, 0, arrivalMs);
  }

  for (const { arrivalMs, batches } of stepsOf(options)) {
    yield* tickTo(arrivalMs);
    for (const batch of batches) {
      judgeBatch({ state, policies, out, arrivalMs }, batch);
      if (++done % windowsPerTurn === 0) yield;
    }
  }
  yield* tickTo(Math.max(clockMs, toMs + graceMs + idleMs + tickMs));
  return { decisions: out.decisions.filter(({ change }) => change.atMs <= toMs), judged: out.judged, misfit: out.misfit };
}

/** The windows that arrive together, one batch for each resource, in the order of arrival. */
function* stepsOf({ series, graceMs, idleMs }: ReplayOptions): Generator<{ arrivalMs: number; batches: WindowBatch[] }> {
  const readers = [...groupByResource(series).values()].map((own) => createReader(own, graceMs, idleMs));
  for (;;) {
    let arrivalMs = Infinity;
    for (const reader of readers) arrivalMs = Math.min(arrivalMs, reader.nextArrivalMs());
    if (arrivalMs === Infinity) return;
    yield { arrivalMs, batches: readers.flatMap((reader) => (reader.nextArrivalMs() === arrivalMs ? [reader.take()] : [])) };
  }
}

function groupByResource(series: readonly HistorySeriesData[]): Map<string, HistorySeriesData[]> {
  const groups = new Map<string, HistorySeriesData[]>();
  for (const one of series) {
    const group = groups.get(one.resource.id);
    if (group) group.push(one);
    else groups.set(one.resource.id, [one]);
  }
  return groups;
}

interface Reader {
  nextArrivalMs(): number;
  take(): WindowBatch;
}

function createReader(series: readonly HistorySeriesData[], graceMs: number, idleMs: number): Reader {
  const { resource, attributes, widthMs } = series[0]!;
  const places = new Uint32Array(series.length);
  const all = Uint32Array.from(series.keys());
  const dictionary = { size: series.length, metrics: series.map((one) => one.metric), labelSets: series.map((one) => one.labels), metricOf: all, labelsOf: all };
  let startMs = firstStart();
  let arrivalMs = -Infinity;
  let taken: number[] = [];
  advance();

  function firstStart(): number {
    let least = Infinity;
    for (const [slot, one] of series.entries()) least = Math.min(least, one.startsMs[places[slot]!] ?? Infinity);
    return least;
  }

  /** Takes the slots of the next window, and dates its arrival by the one behind it. */
  function advance(): void {
    startMs = firstStart();
    taken = [];
    for (const [slot, one] of series.entries()) if (one.startsMs[places[slot]!] === startMs) taken.push(slot);
    for (const slot of taken) places[slot]!++;
    const endMs = startMs + widthMs;
    const followingMs = firstStart();
    arrivalMs = followingMs - endMs >= idleMs ? endMs + idleMs : Math.max(endMs + graceMs, followingMs);
    if (startMs === Infinity) arrivalMs = Infinity;
  }

  return {
    nextArrivalMs: () => arrivalMs,
    take() {
      const slots = taken;
      const column = (name: 'count' | 'sum' | 'min' | 'max' | 'last'): Float64Array => Float64Array.from(slots, (slot) => series[slot]![name][places[slot]! - 1]!);
      const batch: WindowBatch = {
        resource, attributes, source: 'history', dictionary, startMs, widthMs, revision: startMs, correction: false, closedToMs: startMs + widthMs,
        slots: Uint32Array.from(slots), count: column('count'), sum: column('sum'), min: column('min'), max: column('max'), last: column('last'),
        lastTimeMs: Float64Array.from(slots, () => startMs + widthMs - 1),
      };
      advance();
      return batch;
    },
  };
}
