/** Which log templates have something to say about an alarm. */
import type { Alarm, LogChangeRecord, TemplateEvidence } from '@opsloop/contracts';
import { severityOf } from '../log-watch/severity-of.js';
import { neighbourhoodOf } from './neighbourhood-of.js';

/** Before its condition began, and after the alarm opened. */
const changedBeforeMs = 600_000;
export const changedAfterMs = 120_000;
/** A change this far from the beginning counts half. */
const halfMs = 120_000;
const neighbourShare = 0.5;
const severityShare = { critical: 1, error: 1, warn: 0.8, info: 0.5, debug: 0.4 } as const;
const unknownSeverityShare = 0.6;
const mostTemplates = 10;

/** Times in which a change may belong to the alarm, event time. */
export function changeTimes({ pendingSinceMs, openedAtMs }: Pick<Alarm, 'pendingSinceMs' | 'openedAtMs'>): { readonly fromMs: number; readonly toMs: number } {
  return { fromMs: pendingSinceMs - changedBeforeMs, toMs: openedAtMs + changedAfterMs };
}

/** Undefined where it does not belong to the alarm: too far in time, or on a resource that has nothing to do with it. */
export function templateEvidence(alarm: Pick<Alarm, 'resourceId' | 'attributes' | 'pendingSinceMs' | 'openedAtMs'>, change: LogChangeRecord): TemplateEvidence | undefined {
  const { fromMs, toMs } = changeTimes(alarm);
  if (change.atMs < fromMs || change.atMs > toMs) return undefined;
  const isOwn = change.resourceId === alarm.resourceId;
  if (!isOwn && (change.neighbourhood === undefined || change.neighbourhood !== neighbourhoodOf(alarm.attributes))) return undefined;
  const size = change.kind === 'appeared' ? 1 : 1 - 1 / Math.max(1, change.lines / Math.max(1, change.expected));
  const severity = severityOf(change.level ?? '');
  const nearness = halfMs / (halfMs + Math.abs(change.atMs - alarm.pendingSinceMs));
  const score = size * (severity ? severityShare[severity] : unknownSeverityShare) * nearness * (isOwn ? 1 : neighbourShare);
  const { id: _id, tenant: _tenant, resource: _resource, neighbourhood: _neighbourhood, ...told } = change;
  return { ...told, score: Number(score.toFixed(3)) };
}

/** Best first, each template of a log once, the ten best. */
export function rankTemplates(found: readonly TemplateEvidence[]): TemplateEvidence[] {
  const best = new Map<string, TemplateEvidence>();
  for (const one of found) {
    const key = `${one.resourceId}\0${one.service}\0${one.template}`;
    if (one.score > (best.get(key)?.score ?? -1)) best.set(key, one);
  }
  return [...best.values()].toSorted((a, b) => b.score - a.score || a.atMs - b.atMs || (a.template < b.template ? -1 : 1)).slice(0, mostTemplates);
}
