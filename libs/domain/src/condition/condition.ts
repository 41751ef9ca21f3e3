/** What a kind of policy is made of. A kind is one file that exports a ConditionKind, and one line in condition-kinds. */
import type { ForecastFacts, ForecastTotals, Labels, Policy } from '@opsloop/contracts';
import type { FieldProblem } from '../definition/explain-schema-issue.js';
import type { ForecastBand } from '../forecast/step-forecast.js';
import type { CompiledThreshold, LevelRank } from '../policy/compiled-threshold.js';
import type { MemorySlots } from './memory-slots.js';

export interface ConditionOptions {
  /** Width of base windows: what policy windows are made of. */
  readonly baseWindowMs: number;
}

export interface ConditionKind {
  /** Levels come from `spec.threshold`; false: the kind has its own way to say them. */
  readonly usesThreshold: boolean;
  /** Of the policy, where it has not the kind's name. */
  readonly field?: string;
  /** What is wrong beyond the shape of fields. Paths begin at the document. */
  check(policy: Policy, options: ConditionOptions): readonly FieldProblem[];
  /** `policy` has passed `check`. */
  compile(policy: Policy): CompiledCondition;
}

/** A policy window of one series, closed. Event times, ms. */
export interface ConditionWindow {
  readonly startMs: number;
  readonly endMs: number;
  readonly value: number;
}

/** What a condition makes of a window: the value that alarms show, and in words what was measured. */
export interface Verdict {
  readonly value: number;
  /** For example `cpu.utilisation rose by 12 percent per 1m`. Called only when an alarm changes. */
  readonly measured: () => string;
  /** The level that matches, where it is not the thresholds that say so. `unknown`: a severer one that may match as well. */
  readonly judged?: { readonly matching: CompiledThreshold | undefined; readonly isRecovered: boolean; readonly unknown?: LevelRank };
  /** What was foreseen, for the alarm's record. Called only when an alarm changes; undefined: nothing. */
  readonly forecast?: () => Omit<ForecastFacts, 'scored' | 'hits'> | undefined;
  /** Forecasts that were judged by this window. */
  readonly scored?: ForecastTotals;
  /** Of a forecast that was made with this window. */
  readonly band?: ForecastBand;
}

export interface CompiledCondition {
  /** Of the value that is judged; default: that of the metric. */
  readonly unit?: string;
  /** What alarms show; default: those of the policy. */
  readonly metric?: string;
  readonly aggregate?: WindowAggregate;
  /** Levels, mildest first, of kinds that do not use thresholds. */
  readonly levels?: readonly CompiledThreshold[];
  /** What it reads of a resource; default: metric and aggregate of the policy. */
  readonly inputs?: readonly ConditionInput[];
  /** Steps over the windows of each series by itself. At most one of series, joint and group. */
  readonly series?: SeriesCondition;
  /** Steps over the windows that the inputs of one resource have at the same time. */
  readonly joint?: JointCondition;
  /** Counts resources, wherever they are. */
  readonly group?: GroupCondition;
  /** Silence of a series, ascending, with the level that it reaches, ms on the arrival clock. */
  readonly silences?: readonly { readonly afterMs: number; readonly threshold: CompiledThreshold }[];
  /** How far back a series that begins must be read to be judged like one that was always watched, ms. */
  readonly historyMs: number;
  /** How long after a sudden change it may go on judging by what was before, ms; default: it does not. */
  readonly settleMs?: number;
}

/** What a policy window is made of its base windows. */
export type WindowAggregate = Policy['spec']['aggregate'] | 'SUM';

export interface ConditionInput {
  readonly metric: string;
  readonly aggregate: WindowAggregate;
  /** Which series of the metric it reads; default: all that the target allows. */
  readonly accepts?: (labels: Labels) => boolean;
}

/**
 * A condition with a memory of its own per series: plain JSON (numbers may be infinite only inside `encode`), or a slot where
 * it is large. It is bounded whatever the series does, and changed by `step` alone.
 */
export interface SeriesCondition<Memory = unknown> {
  /** Kind and everything that the memory depends on: a memory of another key is of no use. */
  readonly key: string;
  create(slots: MemorySlots): Memory;
  /** Undefined: nothing can be said of this window, so it is no evidence for or against an alarm. */
  step(memory: Memory, window: ConditionWindow, slots: MemorySlots): Verdict | undefined;
  encode(memory: Memory, slots: MemorySlots): unknown;
  /** Undefined when it cannot be read: the series begins anew. `key` is the one it was written under. */
  decode(encoded: unknown, slots: MemorySlots): Memory | undefined;
  /** Gives back what the memory took of the slots, once, when nobody needs it any more. Where it is missing it took nothing. */
  release?(memory: Memory, slots: MemorySlots): void;
}

export interface JointCondition {
  /** Labels that tell series apart stay apart (ratio), or those that are named; false: all series of a resource are judged together. */
  readonly byLabels: boolean | readonly string[];
  /** `judge` is told whose values they are. */
  readonly keepsLabels?: boolean;
  /** By input: the value of each of its series in this window, and their labels where they are kept. */
  judge(values: readonly (readonly number[])[], labels?: readonly (readonly Labels[])[]): Verdict | undefined;
}

export interface GroupCondition {
  readonly measure: 'share' | 'count';
  readonly by: readonly string[];
  readonly atLeast: number;
  /** Whether a resource counts, by the values of its series. */
  counts(values: readonly number[]): boolean;
}
