/** Which resources had alarms together with one, and which of them moved first. */
import type { Alarm, MovedEvidence } from '@opsloop/contracts';
import { createTogether, noteScore, togetherDefaults, type Episode } from '../anomaly/together.js';
import { neighbourhoodOf } from './neighbourhood-of.js';

/** An alarm that began this long before another can belong to its episode. */
export const movedBeforeMs = togetherDefaults.withinMs;
const mostMoved = 20;

type Mover = Pick<Alarm, 'id' | 'resourceId' | 'resourceName' | 'attributes' | 'policy' | 'metric' | 'pendingSinceMs'>;

/**
 * Other resources of the episode that the alarm belongs to: the beginnings of their alarms follow each other within ten
 * minutes. In the order in which they moved; where there are more than twenty, neighbours before others.
 */
export function movedTogether(alarm: Mover, others: readonly Mover[]): MovedEvidence[] {
  const state = createTogether();
  const all = [alarm, ...others.filter((one) => one.id !== alarm.id)].toSorted((a, b) => a.pendingSinceMs - b.pendingSinceMs);
  const byId = new Map(all.map((one) => [one.id, one]));
  for (const one of all) noteScore(state, togetherDefaults, { resource: one.resourceId, series: one.id, timeMs: one.pendingSinceMs, score: 1 });
  const own = neighbourhoodOf(alarm.attributes);
  const episode: Episode | undefined = state.episodes.find(({ moved }) => moved.some(({ resource }) => resource === alarm.resourceId));
  const moved = (episode?.moved ?? []).flatMap(({ resource, series, onsetMs }) => {
    const one = byId.get(series);
    if (!one || resource === alarm.resourceId) return [];
    return [{ alarm: one.id, resourceId: resource, resourceName: one.resourceName, policy: one.policy, metric: one.metric, onsetMs, near: own !== undefined && neighbourhoodOf(one.attributes) === own }];
  });
  return keepMoved(moved);
}

/** In the order of onsets, each resource once; neighbours stay when there are too many. */
export function keepMoved(moved: readonly MovedEvidence[]): MovedEvidence[] {
  const first = new Map<string, MovedEvidence>();
  for (const one of moved) {
    const known = first.get(one.resourceId);
    if (!known || one.onsetMs < known.onsetMs) first.set(one.resourceId, one);
  }
  const byOnset = (a: MovedEvidence, b: MovedEvidence): number => a.onsetMs - b.onsetMs || (a.resourceId < b.resourceId ? -1 : 1);
  return [...first.values()].toSorted((a, b) => Number(b.near) - Number(a.near) || byOnset(a, b)).slice(0, mostMoved).toSorted(byOnset);
}
