/** What changed around an alarm: log templates, and other resources that moved with it. Read this file first. */
import { collections, logChangeEventSchema, topics, type Alarm, type AlarmEvidence, type LogChangeEvent, type LogChangeRecord } from '@opsloop/contracts';
import { addEvidence, changedAfterMs, changeTimes, identityOf, movedBeforeMs, movedTogether, neighbourhoodOf, rankTemplates, suggestPlaybooks, templateEvidence } from '@opsloop/domain';
import { decodeEvent, recordConsumer, type Part, type ServiceContext } from '@opsloop/runtime';
import { changeDocument } from '../change-document.js';
import { createPlaybookCatalogue } from './playbook-catalogue.js';

export interface EvidenceDesk {
  /** log-changes.v1: kept for alarms to come, and attached to those that are young. */
  readonly handler: Part;
  /** Attaches what is known so far. Safe to repeat. */
  onOpened(alarm: Alarm): Promise<void>;
}

const mostChanges = 100;
/** Alarms that are looked at beside one, the first that opened; in a storm the others say no more. */
const mostOthers = 50;
/** With more than this, only the newcomer is told who moved before it. */
const mostTold = 20;

/**
 * A change is stored before the alarms are looked for, and an alarm before the changes: whichever comes second finds the
 * other. Both are documents, so a restart forgets nothing, and every instance finds the same.
 */
export function createEvidenceDesk(context: ServiceContext, onStored: () => void): EvidenceDesk {
  const { documents, clock, ownMetrics, reach } = context;
  const alarms = documents.collection<Alarm>(collections.alarms);
  const changes = documents.collection<LogChangeRecord>(collections.logChanges);
  const catalogue = createPlaybookCatalogue(context);
  const attached = ownMetrics.counter('alarm_evidence_total', 'Alarms that evidence was attached to, with each addition');

  async function attach(alarm: Alarm, found: Pick<AlarmEvidence, 'templates' | 'moved'>): Promise<void> {
    const [playbooks, planned] = await Promise.all([catalogue.playbooks(alarm.tenant), catalogue.planned(alarm)]);
    let isNew = false;
    await changeDocument(alarms, alarm.id, (doc) => {
      const templates = rankTemplates([...(doc.evidence?.templates ?? []), ...found.templates]);
      const next = addEvidence(doc, { ...found, playbooks: suggestPlaybooks({ alarm: doc, templates, planned, playbooks }) }, clock.now());
      isNew = next !== undefined;
      return next;
    });
    if (!isNew) return;
    attached.inc();
    onStored();
  }

  async function changesAround(alarm: Alarm): Promise<LogChangeRecord[]> {
    const { fromMs, toMs } = changeTimes(alarm);
    const neighbourhood = neighbourhoodOf(alarm.attributes);
    const places = [{ resourceId: alarm.resourceId }, ...(neighbourhood === undefined ? [] : [{ neighbourhood }])];
    const pages = await Promise.all(places.map((place) => changes.find({ tenant: alarm.tenant, ...place, atMs: { gte: fromMs, lte: toMs } }, { sort: { field: 'atMs', direction: 'desc' }, limit: mostChanges })));
    return pages.flatMap(({ items }) => items.map(({ doc }) => doc));
  }

  async function onOpened(alarm: Alarm): Promise<void> {
    const [around, others] = await Promise.all([
      changesAround(alarm),
      alarms.find({ tenant: alarm.tenant, openedAtMs: { gte: alarm.pendingSinceMs - movedBeforeMs } }, { sort: { field: 'openedAtMs', direction: 'asc' }, limit: mostOthers }),
    ]);
    const templates = around.flatMap((change) => templateEvidence(alarm, change) ?? []);
    const known = others.items.map(({ doc }) => doc);
    const moved = movedTogether(alarm, known);
    await attach(alarm, { templates, moved });
    reach('action.after-evidence');
    if (moved.length > mostTold) return;
    for (const other of known) if (other.state === 'open' && moved.some((one) => one.alarm === other.id)) await attach(other, { templates: [], moved: movedTogether(other, [alarm]) });
  }

  async function onChange(event: LogChangeEvent): Promise<void> {
    const change = recordOf(event);
    await changes.insert(change);
    reach('action.after-log-change-stored');
    const young = { tenant: change.tenant, openedAtMs: { gte: change.atMs - changedAfterMs } };
    const options = { sort: { field: 'openedAtMs', direction: 'desc' as const }, limit: mostOthers };
    const pages = await Promise.all([alarms.find({ ...young, resourceId: change.resourceId }, options), ...(change.neighbourhood === undefined ? [] : [alarms.find(young, options)])]);
    const found = new Map(pages.flatMap(({ items }) => items.map(({ doc }) => [doc.id, doc] as const)));
    for (const alarm of found.values()) {
      const template = templateEvidence(alarm, change);
      if (template) await attach(alarm, { templates: [template], moved: [] });
    }
  }

  return {
    onOpened,
    handler: recordConsumer({ context, topic: topics.logChanges.name, group: 'action', handle: (record) => onChange(decodeEvent(logChangeEventSchema, record.value)) }),
  };
}

function recordOf({ id, data }: LogChangeEvent): LogChangeRecord {
  const { tenant, resource, attributes, ...change } = data;
  const neighbourhood = neighbourhoodOf(attributes);
  return { ...change, id: identityOf(tenant, 'log-change', id), tenant, resource, resourceId: resource.id, resourceName: attributes['host'] ?? resource.uid, ...(neighbourhood !== undefined && { neighbourhood }) };
}
