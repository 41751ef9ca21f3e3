/** One record of metrics.window: a tick moves the arrival clock, anything else is a window batch. */
import { tickKey, topics, type ConditionRecord, type WindowBatch } from '@opsloop/contracts';
import { createJudgement, groupKeyOfReport, judgeBatch, judgeProvisional, judgeTick, type JudgeContext, type Judgement, type MemberReport, type WatchState } from '@opsloop/domain';
import type { BusRecord } from '@opsloop/ports';
import { encodeEvent, type Emit, type ServiceContext } from '@opsloop/runtime';
import { createWindowBatchDecoder } from '@opsloop/wire';
import { emitTransition } from './emit-transition.js';
import type { PolicySource } from './policy-source.js';

export type RecordJudge = (state: WatchState, record: BusRecord, emit: Emit, partition: number) => void;

/** Decisions depend on the log and on the policies alone; the wall clock is read for their trace. */
export function createRecordJudge(context: ServiceContext, policies: Pick<PolicySource, 'current'>): RecordJudge {
  const { settings, clock } = context;
  const idleMs = settings.IDLE_MS ?? 3 * settings.WINDOW_MS;
  const decoder = createWindowBatchDecoder();
  const count = createCounts(context);
  return (state, { value, arrivalMs }, emit, partition) => {
    const out = createJudgement();
    const judging = { state, policies: policies.current(), out, arrivalMs };
    if (value.byteLength === 0) judgeTick(judging, idleMs);
    else judgeWindows(judging, decoder.decode(value));
    const judgedMs = clock.now();
    for (const decision of out.decisions) emitTransition(decision, judgedMs, emit);
    for (const report of out.reports) emitReport(report, emit);
    if (value.byteLength === 0 && judging.policies.hasGroups) emitProgress(partition, arrivalMs, emit);
    count(out, judgedMs - arrivalMs);
  };
}

function judgeWindows(judging: JudgeContext, batch: WindowBatch): void {
  if (batch.provisional) judgeProvisional(judging, batch);
  else judgeBatch(judging, batch);
}

function emitReport(report: MemberReport, emit: Emit): void {
  const record: ConditionRecord = { type: 'member', ...report, group: { ...report.group }, counts: report.counts ?? null };
  emit(topics.conditions.name, { key: groupKeyOfReport(report), value: encodeEvent(record), arrivalMs: report.arrivalMs });
}

/** Every owner of groups waits for every window partition. */
function emitProgress(partition: number, arrivalMs: number, emit: Emit): void {
  const record: ConditionRecord = { type: 'progress', partition, arrivalMs };
  const value = encodeEvent(record);
  for (let owner = 0; owner < topics.conditions.partitions; owner++) emit(topics.conditions.name, { key: tickKey, value, partition: owner, arrivalMs });
}

function createCounts({ ownMetrics, logger }: ServiceContext): (out: Judgement, latencyMs: number) => void {
  const judged = ownMetrics.counter('trigger_windows_judged_total', 'Policy windows that were judged');
  const repeated = ownMetrics.counter('trigger_windows_repeated_total', 'Base windows that came again or too late for their policy window');
  const misfit = ownMetrics.counter('trigger_windows_misfit_total', 'Base windows that the window of a policy is no multiple of');
  const transitions = ownMetrics.counter('trigger_transitions_total', 'Transitions of alarms', ['type']);
  const latency = ownMetrics.histogram('trigger_judge_seconds', 'Time from the arrival clock of a window or tick to the decision', [], [0.01, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2.5, 5, 30]);
  let warned = false;
  return (out, latencyMs) => {
    if (out.judged > 0) {
      judged.inc(out.judged);
      latency.observe(latencyMs / 1000);
    }
    if (out.repeated > 0) repeated.inc(out.repeated);
    if (out.misfit > 0) {
      misfit.inc(out.misfit);
      if (!warned) logger.warn('a policy has a window that is not a multiple of OPSLOOP_WINDOW_MS: it judges nothing until one of them is changed');
      warned = true;
    }
    for (const { change } of out.decisions) transitions.inc({ type: change.type });
  };
}
