import { endAlarm } from '../../alarm/step-alarm.js';
import { lastWindow, pushDecisions, type JudgeContext } from './judge-context.js';
import { noteEndedAlarm } from '../watch/ended-alarms.js';
import type { SeriesWatch } from '../watch/series-watch.js';
import { dropMemory } from './step-memory.js';
import { leaveGroup } from './tell-group.js';
import type { WatchedResource } from '../watch/watch-state.js';

/** Ends the watches that `reasonOf` gives a reason for, and resolves their alarms. */
export function endWatches(context: JudgeContext, watched: WatchedResource, reasonOf: (watch: SeriesWatch) => string | undefined): void {
  const kept = watched.watches.filter((watch) => {
    const reason = reasonOf(watch);
    if (reason === undefined) return true;
    const policy = context.policies.newest(watched.resource.tenant, watch.shape.name);
    if (policy && watch.alarm.open) {
      const { changes } = endAlarm(watch.alarm, policy, reason, context.arrivalMs);
      pushDecisions(context, watched, watch, { ...policy, metric: watch.shape.metric, aggregate: watch.shape.aggregate }, changes, lastWindow(watch));
    }
    noteEndedAlarm(context.state, watched.resource, watch);
    context.state.seeds?.waiting.delete(watch);
    dropMemory(watch, context.state.slots);
    if (watch.joint) leaveGroup(context, watched, watch, watch.seenToMs);
    return false;
  });
  if (kept.length === watched.watches.length) return;
  watched.watches = kept;
  for (const one of watched.sources) one.plan = undefined;
}
