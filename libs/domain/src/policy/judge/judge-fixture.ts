/** For tests: a loop that judges batches and ticks, and tells what was decided in few words. */
import type { DefinitionRecord } from '@opsloop/contracts';
import { judgeBatch } from './judge-batch.js';
import { createJudgement, type Judgement } from './judge-context.js';
import { judgeTick } from './judge-tick.js';
import { createPolicySet, type PolicySet } from '../policy-set.js';
import { createWatchState, type WatchState } from '../watch/watch-state.js';
import { decodeWatchState, encodeWatchState } from '../watch/watch-state-codec.js';
import { baseWindowMs, dictionaryOf, windowBatch, type WindowFacts } from './window-fixture.js';

export const idleMs = 3 * baseWindowMs;
export const load = dictionaryOf(['app.load']);

export function judge(records: readonly DefinitionRecord[]) {
  let state: WatchState = createWatchState();
  let policies: PolicySet = createPolicySet(records);
  const out: Judgement = createJudgement();
  const context = (arrivalMs: number) => ({ state, policies, out, arrivalMs });
  return {
    out,
    /** Arrives when its window ends, unless said otherwise. */
    window: (facts: WindowFacts & { arrivalMs?: number }) => judgeBatch(context(facts.arrivalMs ?? facts.startMs + baseWindowMs), windowBatch(facts)),
    tick: (arrivalMs: number) => judgeTick(context(arrivalMs), idleMs),
    change: (changed: readonly DefinitionRecord[]) => void (policies = createPolicySet(changed)),
    restore: () => void (state = decodeWatchState([...encodeWatchState(state)])),
    resources: () => state.resources,
    /** What was decided since the last call, as `seconds policy what level labels`. */
    log: () => out.decisions.splice(0).map(({ change, policy, resource, labels }) => `${change.atMs / 1000} ${policy.name} ${change.type.slice(6)} ${change.level} ${resource.uid}${Object.values(labels).map((value) => `/${value}`).join('')}`),
  };
}

/** Six base windows of one policy window. */
export function minute(loop: ReturnType<typeof judge>, startMs: number, values: readonly number[], facts: Partial<WindowFacts> = {}): void {
  for (const [index, value] of values.entries()) loop.window({ dictionary: load, startMs: startMs + index * baseWindowMs, values: [value], ...facts });
}
