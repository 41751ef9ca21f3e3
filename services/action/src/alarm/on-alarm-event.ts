import { alarmEventSchema, alarmNoteTypes, alarmTransitionTypes, collections, topics, type Alarm, type AlarmTransition, type AlarmTransitionType } from '@opsloop/contracts';
import { markRouted } from '@opsloop/domain';
import type { BusRecord } from '@opsloop/ports';
import { decodeEvent, recordConsumer, type Part, type ServiceContext } from '@opsloop/runtime';
import { changeDocument } from '../change-document.js';
import type { EvidenceDesk } from '../evidence/evidence-desk.js';
import type { NoticeRouter } from '../notice/route-transition.js';
import { storeTransition } from './store-transition.js';

/** Starts what heals. Idempotent; awaits nothing but writes of documents. */
export interface ScenarioDesk {
  onTransition(alarm: Alarm, transition: AlarmTransition, type: AlarmTransitionType): Promise<void>;
  /** A person closed the alarm. Safe to repeat. */
  onClosed(alarm: Alarm): Promise<void>;
}

/** How long notices wait at most for what scenarios do at once. */
const holdMs = 5_000;

export interface AlarmEventDeps {
  readonly context: ServiceContext;
  readonly router: NoticeRouter;
  readonly desk: ScenarioDesk;
  readonly evidence: Pick<EvidenceDesk, 'onOpened'>;
  /** Wakes the relay, which a write of ours may have met half way. */
  onStored(): void;
}

/**
 * alarms.v1: the transition becomes part of the alarm's document, marked as not yet handed on; then scenarios and
 * receivers get it; then the mark goes. A crash in between repeats what is marked, and both know what they had already.
 */
export function onAlarmEvent({ context, router, desk, evidence, onStored }: AlarmEventDeps): Part {
  const { documents, clock, reach, ownMetrics } = context;
  const alarms = documents.collection<Alarm>(collections.alarms);
  const transitions = ownMetrics.counter('alarm_transitions_total', 'Alarm transitions handed to scenarios and receivers', ['type']);

  async function handle(record: BusRecord): Promise<void> {
    if (isNote(record)) return;
    const event = decodeEvent(alarmEventSchema, record.value);
    const alarm = await storeTransition(documents, event, clock.now());
    onStored();
    reach('action.after-alarm-stored');
    const number = event.data.transition;
    if (!alarm.unrouted?.includes(number)) return;

    // Evidence and work order before the notice, which can name them then; their trouble must not keep people from being told.
    const isBeginning = event.type === 'alarm.opened' || event.type === 'alarm.no-data';
    const unclear = isBeginning ? await troubleOf(evidence.onOpened(alarm)) : undefined;
    if (event.data.scenarios.length > 0) await router.route(event.data, event.type, { holdMs });
    const trouble = (await troubleOf(desk.onTransition(alarm, event.data, event.type))) ?? unclear;
    reach('action.after-scenarios');
    await router.route(event.data, event.type);
    reach('action.after-receivers');
    if (trouble) throw trouble.error;
    await changeDocument(alarms, alarm.id, (doc) => markRouted(doc, number));
    onStored();
    transitions.inc({ type: event.type });
  }

  return recordConsumer({ context, topic: topics.alarms.name, group: 'action', handle });
}

async function troubleOf(work: Promise<void>): Promise<{ readonly error: unknown } | undefined> {
  return work.then(() => undefined, (error: unknown) => ({ error }));
}

/** What action itself says on this topic. Without the header the value has to be read. */
function isNote({ headers, value }: BusRecord): boolean {
  const type = headers['ce_type'];
  const notes: readonly string[] = alarmNoteTypes;
  if (type !== undefined && ([...notes, ...alarmTransitionTypes] as readonly string[]).includes(type)) return notes.includes(type);
  try {
    const event = JSON.parse(new TextDecoder().decode(value)) as { readonly type?: unknown } | null;
    return typeof event?.type === 'string' && notes.includes(event.type);
  } catch {
    return false;
  }
}
