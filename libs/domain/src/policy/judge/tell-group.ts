import type { Labels } from '@opsloop/contracts';
import type { CompiledPolicy } from '../compiled-policy.js';
import type { JudgeContext } from './judge-context.js';
import { labelsKey } from '../labels-key.js';
import { resourceField } from '../match-target.js';
import type { SeriesWatch } from '../watch/series-watch.js';
import type { WatchedResource } from '../watch/watch-state.js';

/** What has not changed is told again after this time on the arrival clock: an owner that lost its memory learns it again. */
export const retellMs = 300_000;

/** Tells the owner of the group when the resource begins or ceases to count, moves to another group, or has not been told of for long. */
export function tellGroup(context: JudgeContext, watched: WatchedResource, watch: SeriesWatch, policy: CompiledPolicy, now: { readonly endMs: number; readonly counts: boolean }): void {
  const joint = watch.joint!;
  const group = groupOf(watched, policy);
  const key = labelsKey(group);
  const { told } = joint;
  if (told?.group === key && told.counts === now.counts && context.arrivalMs - told.atMs < retellMs) return;
  if (told && told.group !== key) leaveGroup(context, watched, watch, now.endMs);
  joint.told = { group: key, counts: now.counts, atMs: context.arrivalMs };
  report(context, watched, watch, group, now);
}

/** The resource is silent, or no longer watched: it is no member any more. */
export function leaveGroup(context: JudgeContext, watched: WatchedResource, watch: SeriesWatch, endMs: number): void {
  const { told } = watch.joint!;
  if (!told) return;
  watch.joint!.told = undefined;
  report(context, watched, watch, labelsOfKey(told.group), { endMs, counts: undefined });
}

function report({ out, arrivalMs }: JudgeContext, { resource, attributes }: WatchedResource, watch: SeriesWatch, group: Labels, now: { readonly endMs: number; readonly counts: boolean | undefined }): void {
  out.reports.push({ tenant: resource.tenant, policy: watch.shape.name, group, resource: resource.id, resourceName: attributes['host'] ?? resource.uid, arrivalMs, ...now });
}

function groupOf({ resource, attributes }: WatchedResource, policy: CompiledPolicy): Labels {
  return Object.fromEntries(policy.condition!.group!.by.map((name) => [name, resourceField(resource, attributes, name) ?? '']));
}

function labelsOfKey(key: string): Labels {
  return key === '' ? {} : (Object.fromEntries(JSON.parse(key) as [string, string][]) as Labels);
}
