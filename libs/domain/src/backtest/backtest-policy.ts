/** What a policy would have done: its alarms, pages and work orders over a stretch of history, and how right they were. */
import { levels, type Definition, type DefinitionRecord, type ForecastTotals, type Policy } from '@opsloop/contracts';
import { occurrenceOf, type AlarmDecision } from '../alarm/describe-transition.js';
import { addTotals, createForecastTotals, summariseTotals, type ScorecardSummary } from '../forecast/scorecard.js';
import type { BacktestAlarm } from './backtest-alarm.js';
import { replayHistory, type ReplayOptions } from './replay-history.js';
import { scoreAlarms, type AlarmScore, type LabelledWindow } from './score-alarms.js';
import { simulateEffects, type SimulatedOrder, type SimulatedPage } from './simulate-effects.js';

export interface PolicyBacktest {
  readonly policy: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Where history begins, but not before `fromMs`: what a week has is reckoned from there. */
  readonly measuredFromMs: number;
  /** Windows that were judged. */
  readonly judged: number;
  readonly alarms: readonly BacktestAlarm[];
  /** Notices but for those of ends. */
  readonly pages: readonly SimulatedPage[];
  readonly resolvedNotices: number;
  readonly orders: readonly SimulatedOrder[];
  /** What the policy names and the definitions lack. */
  readonly missing: readonly string[];
  readonly alarmsPerWeek: number;
  readonly pagesPerWeek: number;
  readonly score: AlarmScore | undefined;
  /** Of a forecast policy: what became of its forecasts. */
  readonly forecasts?: ScorecardSummary;
}

export interface BacktestOptions extends Omit<ReplayOptions, 'records'> {
  readonly policy: Policy;
  /** Receivers, scenarios and playbooks that alarms lead to; others are left out. */
  readonly definitions: readonly Definition[];
  readonly tenant: string;
  /** Nothing before it is told; what is measured before it only fills the memories of conditions. Event time, ms. */
  readonly fromMs: number;
  readonly labelled?: readonly LabelledWindow[];
}

const weekMs = 7 * 86_400_000;

/** Yields now and then, see replayHistory. */
export function* backtestPolicy(options: BacktestOptions): Generator<undefined, PolicyBacktest> {
  const { policy, tenant, fromMs, toMs, labelled } = options;
  const totals = createForecastTotals();
  const onScored = (scored: ForecastTotals, endMs: number): void => void (endMs >= fromMs && endMs <= toMs && addTotals(totals, scored));
  const replayed = yield* replayHistory({ ...options, onScored, records: [recordOf(policy, tenant)] });
  if (replayed.judged === 0 && replayed.misfit > 0) throw new RangeError(`policy ${policy.metadata.name} judges windows of ${policy.spec.window}, which the windows of this history do not add up to`);
  const opened = new Set<string>();
  const known = new Set<string>();
  for (const decision of replayed.decisions) {
    const id = occurrenceOf(decision);
    if (!known.has(id) && decision.change.atMs >= fromMs) opened.add(id);
    known.add(id);
  }
  const decisions = replayed.decisions.filter((decision) => opened.has(occurrenceOf(decision)));
  const alarms = alarmsOf(decisions);
  const { pages, orders, missing } = simulateEffects(decisions, options.definitions, toMs);
  const calls = pages.filter((page) => page.kind !== 'resolved');
  const measuredFromMs = measuredFrom(options);
  const weeks = Math.max(toMs - measuredFromMs, 1) / weekMs;
  return {
    policy: policy.metadata.name, fromMs, toMs, measuredFromMs, judged: replayed.judged, alarms, pages: calls, resolvedNotices: pages.length - calls.length, orders, missing,
    alarmsPerWeek: alarms.length / weeks, pagesPerWeek: calls.length / weeks,
    score: labelled && scoreAlarms(alarms, labelled, toMs),
    ...(policy.spec.kind === 'forecast' && { forecasts: summariseTotals(totals) }),
  };
}

function measuredFrom({ series, fromMs, toMs }: BacktestOptions): number {
  let firstMs = Infinity;
  for (const { startsMs } of series) firstMs = Math.min(firstMs, startsMs[0] ?? Infinity);
  return firstMs < toMs ? Math.max(fromMs, firstMs) : fromMs;
}

function alarmsOf(decisions: readonly AlarmDecision[]): BacktestAlarm[] {
  const byOccurrence = new Map<string, AlarmDecision[]>();
  for (const decision of decisions) {
    const id = occurrenceOf(decision);
    byOccurrence.set(id, [...(byOccurrence.get(id) ?? []), decision]);
  }
  return [...byOccurrence].map(([occurrence, all]): BacktestAlarm => {
    const { resource, attributes, labels, change } = all[0]!;
    const worst = levels.findLast((level) => all.some((one) => one.change.level === level))!;
    const end = all.find((one) => one.change.type === 'alarm.resolved');
    return {
      occurrence, resource: resource.id, resourceName: attributes['host'] ?? resource.uid, labels,
      openedAtMs: change.atMs, resolvedAtMs: end?.change.atMs, level: worst,
      transitions: all.map((one) => ({ atMs: one.change.atMs, type: one.change.type, level: one.change.level, value: one.change.value, reason: one.change.reason })),
    };
  });
}

/** The policy as if it had always been in force. */
function recordOf(policy: Policy, tenant: string): DefinitionRecord {
  const version = { version: 1, sinceMs: 0, definition: policy, source: '', author: 'backtest', atMs: 0 };
  return { id: `${tenant}/Policy/${policy.metadata.name}`, tenant, kind: 'Policy', name: policy.metadata.name, deleted: false, changedAtMs: 0, managedBy: 'api', versions: [version] };
}
