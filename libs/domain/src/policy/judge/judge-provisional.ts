/** Windows that are still open: what they make certain is told at once. */
import type { WindowBatch } from '@opsloop/contracts';
import { closeWhatEnded, columnOf } from './judge-batch.js';
import type { JudgeContext } from './judge-context.js';
import { noteEarly } from './judge-early.js';
import { matchResource } from '../match-target.js';
import { stillWatched } from './still-watched.js';
import { bindPlan, planOf } from '../watch/watch-plan.js';

/**
 * Takes what an open window makes certain; its series go on with their closed windows, which count as ever. A series
 * that is new has no state that an alarm could begin from: it waits for its window.
 */
export function judgeProvisional(context: JudgeContext, batch: WindowBatch): void {
  const { state, policies, arrivalMs } = context;
  const { tenant, id } = batch.resource;
  const watched = state.resources.get(id);
  const index = watched?.sources.findIndex((source) => source.name === batch.source) ?? -1;
  if (!watched || index < 0) return;
  const source = watched.sources[index]!;
  source.closedToMs = Math.max(source.closedToMs, batch.closedToMs);
  closeWhatEnded(context, watched, index);
  const era = policies.eraAt(tenant, batch.startMs + batch.widthMs);
  const alive = policies.eraAt(tenant, arrivalMs);
  const plan = planOf(state.plans, era, batch.dictionary);
  const bound = source.plan === plan ? source.bound : bindPlan(plan, watched.watches);
  for (const { policy, rules, series } of alive === era ? plan.policies : stillWatched(plan.policies, alive, batch)) {
    if (!matchResource(rules, batch.resource, batch.attributes)) continue;
    for (const planned of series) {
      const watch = bound[planned.index];
      const column = columnOf(batch, planned.slot);
      if (!watch || watch.source !== index || column < 0 || batch.startMs < watch.seenToMs) continue;
      noteEarly(context, watched, watch, policy, batch, column);
    }
  }
}
