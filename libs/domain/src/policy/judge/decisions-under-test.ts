/** For tests: all of it from samples to decisions, aggregator and trigger together. */
import type { DefinitionRecord, WindowBatch } from '@opsloop/contracts';
import { buildRawBatch } from '@opsloop/testing';
import { createPartitionWindows, stepBatch, stepTick } from '../../window/partition-windows.js';
import { createWindowTools } from '../../window/window-tools.js';
import { createPolicySet, type PolicySet } from '../policy-set.js';
import { createWatchState } from '../watch/watch-state.js';
import { decodeWatchState, encodeWatchState } from '../watch/watch-state-codec.js';
import { earlyLimitsOf } from './early-limits.js';
import { judgeBatch } from './judge-batch.js';
import { createJudgement } from './judge-context.js';
import { idleMs } from './judge-fixture.js';
import { judgeProvisional } from './judge-provisional.js';
import { judgeTick } from './judge-tick.js';

const settings = { widthMs: 10_000, graceMs: 2_000, latenessMs: 60_000, idleMs, maxSeries: 1_000 };

export interface Sent {
  readonly arrivalS: number;
  readonly samples: readonly (readonly [metric: string, timeS: number, value: number])[];
}

export interface Watching {
  /** Killed and read again every so many seconds. */
  readonly killEvery?: number;
  /** Policies from a second on. */
  readonly changes?: readonly { readonly atS: number; readonly records: readonly DefinitionRecord[] }[];
}

/** Decisions as `seconds what level`, and the values of the policy windows by their end in seconds. */
export function watchSamples(records: readonly DefinitionRecord[], sent: readonly Sent[], { killEvery = Infinity, changes = [] }: Watching = {}): { log: string[]; values: Map<number, number> } {
  const tools = createWindowTools(settings);
  const windows = createPartitionWindows(tools);
  let policies: PolicySet = createPolicySet([]);
  const follow = (changed: readonly DefinitionRecord[]): void => {
    policies = createPolicySet(changed);
    tools.early = earlyLimitsOf(policies);
  };
  follow(records);
  const values = new Map<number, number>();
  const out = createJudgement({ onJudged: (value, endMs) => void values.set(endMs / 1000, value) });
  let state = createWatchState();
  let nowMs = 0;
  const emit = (batch: WindowBatch): void => {
    const context = { state, policies, out, arrivalMs: nowMs };
    const kept = structuredClone(batch);
    if (kept.provisional) judgeProvisional(context, kept);
    else judgeBatch(context, kept);
  };
  const waiting = sent.toSorted((a, b) => a.arrivalS - b.arrivalS);
  for (let timeS = 0, position = 0; timeS <= waiting.at(-1)!.arrivalS; timeS++) {
    for (const change of changes) if (change.atS === timeS) follow(change.records);
    nowMs = timeS * 1_000;
    stepTick(windows, nowMs, emit);
    judgeTick({ state, policies, out, arrivalMs: nowMs }, idleMs);
    for (; waiting[position] && waiting[position]!.arrivalS < timeS + 1; position++) {
      const { arrivalS, samples } = waiting[position]!;
      nowMs = arrivalS * 1_000;
      stepBatch(windows, buildRawBatch({ contentHash: String(position), samples: samples.map(([metric, atS, value]) => ({ metric, timeMs: atS * 1_000, value })) }), { position: position + 1, arrivalMs: nowMs }, emit);
    }
    if (timeS % killEvery === killEvery - 1) state = decodeWatchState([...encodeWatchState(state)]);
  }
  return { log: out.decisions.map(({ change }) => `${change.atMs / 1000} ${change.type.slice(6)} ${change.level}`), values };
}

export const range = (fromS: number, toS: number, stepS: number): number[] => Array.from({ length: Math.ceil((toS - fromS) / stepS) }, (_, i) => fromS + i * stepS);
