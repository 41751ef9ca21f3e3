/**
 * Judges groups of resources: "more than 30 % of the web servers". A window is judged once every partition has got so far
 * that its reports are there; what counts is read from the log alone, so any interleaving gives the same alarms.
 */
import { formatDuration, type Resource } from '@opsloop/contracts';
import { endAlarm, stepAlarm } from '../alarm/step-alarm.js';
import type { AlarmChange } from '../alarm/alarm-state.js';
import { formatSeen } from '../condition/format-seen.js';
import type { CompiledPolicy } from '../policy/compiled-policy.js';
import type { JudgedAbout, Judgement } from '../policy/judge/judge-context.js';
import { labelsKey } from '../policy/labels-key.js';
import type { PolicySet } from '../policy/policy-set.js';
import { retellMs } from '../policy/judge/tell-group.js';
import { resourceIdOf } from '../resource/resource-id.js';
import { createGroupWatch, type GroupState, type GroupWatch } from './group-state.js';
import type { MemberReport } from './member-report.js';

const dayMs = 86_400_000;
const forgetOpenMs = 7 * dayMs;
const mostNamed = 5;

export interface GroupContext {
  readonly state: GroupState;
  readonly policies: PolicySet;
  readonly out: Judgement;
  /** How long after its end a window is judged, on the arrival clock: the time in which sources close their windows. */
  readonly waitMs: number;
}

/** Key of the record, and of the group within its owner. */
export function groupKeyOfReport({ tenant, policy, group }: Pick<MemberReport, 'tenant' | 'policy' | 'group'>): string {
  return `${tenant}/${policy}/${labelsKey(group)}`;
}

/** Takes the report of a member; what is delivered again changes nothing. */
export function takeReport({ state, policies, waitMs }: GroupContext, report: MemberReport): void {
  const policy = policies.newest(report.tenant, report.policy);
  if (!policy?.condition?.group) return;
  const key = groupKeyOfReport(report);
  let group = state.groups.get(key);
  if (!group) {
    const judgedToMs = Math.floor((report.arrivalMs - waitMs - 1) / policy.windowMs) * policy.windowMs;
    state.groups.set(key, (group = createGroupWatch(report, judgedToMs)));
  }
  if (report.arrivalMs < (group.heardMs.get(report.resource) ?? -Infinity)) return;
  group.heardMs.set(report.resource, report.arrivalMs);
  group.waiting = group.waiting.filter((one) => one.resource !== report.resource || one.endMs !== report.endMs || one.arrivalMs !== report.arrivalMs);
  group.waiting.push(report);
}

/** Moves the arrival clock (ms) of one partition, and judges what all of them have passed. */
export function moveProgress(context: GroupContext, partition: number, arrivalMs: number): void {
  const { state } = context;
  const before = Math.min(...state.progressMs);
  state.progressMs[partition] = Math.max(state.progressMs[partition] ?? -Infinity, arrivalMs);
  const clockMs = Math.min(...state.progressMs);
  if (clockMs <= before) return;
  for (const [key, group] of state.groups) if (judgeGroup(context, group, clockMs) === 'gone') state.groups.delete(key);
}

/** A state that began without its past hears of every member within this time. */
export function relearn(state: GroupState, arrivalMs: number): void {
  state.fromMs = arrivalMs + retellMs;
}

function judgeGroup(context: GroupContext, group: GroupWatch, clockMs: number): 'gone' | undefined {
  const { policies, waitMs, state } = context;
  const newest = policies.newest(group.tenant, group.policy);
  const windowMs = newest?.windowMs ?? dayMs;
  const dueMs = Math.floor((clockMs - waitMs - 1) / windowMs) * windowMs;
  // After a day without any clock what was in between is nobody's news.
  for (let endMs = Math.max(nextEnd(group.judgedToMs, windowMs), dueMs - dayMs); endMs <= dueMs; endMs += windowMs) {
    group.judgedToMs = endMs;
    applyReports(group, endMs, endMs + waitMs);
    const policy = policies.eraAt(group.tenant, endMs).byName.get(group.policy);
    if (policy && endMs >= state.fromMs) judgeWindow(context, group, policy, endMs);
  }
  const inForce = policies.eraAt(group.tenant, clockMs).byName.get(group.policy);
  const reason = endReason(group, inForce, clockMs);
  if (reason === undefined) return undefined;
  const policy = newest ?? inForce;
  if (policy && group.alarm.open) push(context, group, policy, endAlarm(group.alarm, policy, reason, clockMs).changes, { endMs: group.judgedToMs, arrivalMs: clockMs });
  return 'gone';
}

function nextEnd(judgedToMs: number, windowMs: number): number {
  return Math.floor(judgedToMs / windowMs) * windowMs + windowMs;
}

function endReason(group: GroupWatch, inForce: CompiledPolicy | undefined, clockMs: number): string | undefined {
  if (!inForce) return 'the policy was removed';
  const { group: condition } = inForce.condition ?? {};
  const keys = Object.keys(group.group);
  if (!condition || condition.by.length !== keys.length || !condition.by.every((name) => keys.includes(name))) return 'the policy was changed and no longer watches this group';
  const emptyMs = group.members.size > 0 || group.waiting.length > 0 ? 0 : clockMs - group.livedMs;
  if (emptyMs < (group.alarm.open ? forgetOpenMs : dayMs)) return undefined;
  return 'the group has had no resource for a week: it is no longer watched';
}

/** What ended by then and had arrived by then, in the order of arrival; the rest waits for the next window. */
function applyReports(group: GroupWatch, endMs: number, arrivedMs: number): void {
  const due = group.waiting.filter((one) => one.endMs <= endMs && one.arrivalMs <= arrivedMs);
  if (due.length > 0) {
    group.waiting = group.waiting.filter((one) => !due.includes(one));
    for (const { resource, resourceName, counts } of due.toSorted((a, b) => a.arrivalMs - b.arrivalMs)) {
      if (counts === undefined) group.members.delete(resource);
      else group.members.set(resource, { counts, name: resourceName });
    }
  }
  if (group.members.size > 0) group.livedMs = endMs;
  if (due.length === 0) return;
  const waiting = new Set(group.waiting.map((one) => one.resource));
  for (const id of group.heardMs.keys()) if (!waiting.has(id) && !group.members.has(id)) group.heardMs.delete(id);
}

function judgeWindow(context: GroupContext, group: GroupWatch, policy: CompiledPolicy, endMs: number): void {
  const { group: condition } = policy.condition ?? {};
  if (!condition) return;
  const total = group.members.size;
  const counting = [...group.members.values()].filter((member) => member.counts);
  if (condition.measure === 'share' && total < condition.atLeast) return giveUpShare(context, group, policy, { endMs, atLeast: condition.atLeast });
  group.enoughMs = endMs;
  context.out.judged++;
  const value = condition.measure === 'share' ? (100 * counting.length) / total : counting.length;
  context.out.onJudged?.(value, endMs, aboutGroup(group, policy));
  const measured = (): string => {
    const named = counting.map((member) => member.name).toSorted().slice(0, mostNamed).join(', ');
    const more = counting.length > mostNamed ? ` and ${counting.length - mostNamed} more` : '';
    const share = condition.measure === 'share' ? `, ${formatSeen(value)} percent` : '';
    return `${counting.length} of ${total} resources${share}${condition.measure === 'share' && named !== '' ? ` (${named}${more})` : ''}`;
  };
  const { state, changes } = stepAlarm(group.alarm, policy, { startMs: endMs - policy.windowMs, endMs, value, measured });
  group.alarm = state;
  push(context, group, policy, changes, { endMs, arrivalMs: endMs + context.waitMs });
}

/** The share of too few says neither that an alarm begins nor that it is over: an open one waits as it does for missing data. */
function giveUpShare(context: GroupContext, group: GroupWatch, policy: CompiledPolicy, { endMs, atLeast }: { readonly endMs: number; readonly atLeast: number }): void {
  const patienceMs = policy.noData === 'ok' ? policy.noDataAfterMs : forgetOpenMs;
  if (!group.alarm.open || endMs - group.enoughMs < patienceMs) return;
  const few = atLeast === 1 ? 'no resource' : `fewer than ${atLeast} resources`;
  const { state, changes } = endAlarm(group.alarm, policy, `the group has had ${few} for ${formatDuration(patienceMs)}: its share is not judged`, endMs);
  group.alarm = state;
  push(context, group, policy, changes, { endMs, arrivalMs: endMs + context.waitMs });
}

function push({ out }: GroupContext, group: GroupWatch, policy: CompiledPolicy, changes: readonly AlarmChange[], at: { readonly endMs: number; readonly arrivalMs: number }): void {
  const resource = groupResource(group);
  for (const change of changes) {
    out.decisions.push({ change, policy, resource, attributes: group.group, labels: {}, windowStartMs: at.endMs - policy.windowMs, windowEndMs: at.endMs, sampleMs: at.endMs, arrivalMs: at.arrivalMs });
  }
}

function aboutGroup(group: GroupWatch, { windowMs }: CompiledPolicy): JudgedAbout {
  const { id, uid } = groupResource(group);
  return { watch: group, resource: id, resourceName: uid, labels: {}, windowMs };
}

/** What the alarms of a group are of: named after the policy and the values that make the group. */
export function groupResource({ tenant, policy, group }: Pick<GroupWatch, 'tenant' | 'policy' | 'group'>): Resource {
  const values = Object.keys(group).toSorted().map((name) => `${name}=${group[name]!}`);
  const tuple = { tenant, provider: 'opsloop', region: 'all', kind: 'group', uid: [policy, ...values].join(' ') };
  return { id: resourceIdOf(tuple), ...tuple };
}
