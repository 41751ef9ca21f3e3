import type { AlarmAnswer } from '@opsloop/contracts';
import { toldAt } from '@opsloop/contracts/told-at';
import { toMs } from '../time/format-time.js';

/** One moment of an alarm's life, with the length since the one before. */
export interface TimelineNode {
  readonly key: string;
  readonly atMs: number;
  /** The time that it is dated by, where that is another one: the end of its window. */
  readonly datedMs?: number | undefined;
  readonly sincePreviousMs: number | undefined;
  readonly what: string;
  readonly text: string;
  readonly by: string | undefined;
  readonly about: { readonly kind: 'notice' | 'work-order'; readonly id: string } | undefined;
}

type Entry = AlarmAnswer['timeline'][number];

/**
 * Everything from the first sample to the proof, oldest first. The way of the deciding sample comes from the trace; what
 * the work orders say beyond the alarm's own timeline is added, and nothing is told twice.
 */
export function buildTimeline(alarm: AlarmAnswer): readonly TimelineNode[] {
  const { trace } = alarm;
  const entries: Entry[] = [
    ...(alarm.pendingSince < alarm.openedAt ? [{ at: alarm.pendingSince, what: 'condition.began', text: '' }] : []),
    { at: trace.sample, what: 'sample.measured', text: '' },
    { at: trace.arrival, what: 'sample.arrived', text: '' },
    { at: trace.judged, what: 'alarm.judged', text: '' },
    ...alarm.timeline,
  ];
  for (const order of alarm.workOrderDetails) {
    const told = new Set(alarm.timeline.map((entry) => entry.what).filter((what) => what.startsWith('work-order.')));
    // With one work order an entry of the same name is the same moment; with several, the reference tells.
    const same = (entry: Entry): boolean => (alarm.workOrderDetails.length === 1 ? told.has(entry.what) : alarm.timeline.some((other) => other.what === entry.what && (other.ref === order.id || other.ref === order.run)));
    entries.push(...order.timeline.filter((entry) => !same(entry)).map((entry) => ({ ...entry, ref: order.id })));
  }
  const sorted = withoutEchoes(entries).map((entry, place) => ({ entry, atMs: toMs(toldAt(alarm, entry)), place })).toSorted((a, b) => a.atMs - b.atMs || a.place - b.place);
  return sorted.map(({ entry, atMs, place }, index) => ({
    key: `${entry.what}#${place}`,
    atMs,
    datedMs: toMs(entry.at) === atMs ? undefined : toMs(entry.at),
    sincePreviousMs: index === 0 ? undefined : atMs - sorted[index - 1]!.atMs,
    what: entry.what,
    text: entry.text,
    by: entry.by,
    about: aboutOf(entry, alarm),
  }));
}

/** The same sentence at the same moment, by two names, is one event. */
export function withoutEchoes<T extends { readonly at: string; readonly text: string }>(entries: readonly T[]): readonly T[] {
  const told = new Set<string>();
  return entries.filter(({ at, text }) => {
    const echo = text !== '' && told.has(`${at} ${text}`);
    told.add(`${at} ${text}`);
    return !echo;
  });
}

function aboutOf({ what, ref }: Entry, alarm: AlarmAnswer): TimelineNode['about'] {
  if (ref === undefined) return undefined;
  if (what.startsWith('notice.')) return { kind: 'notice', id: ref };
  const order = alarm.workOrderDetails.find((one) => one.id === ref || one.runs.includes(ref));
  return order ? { kind: 'work-order', id: order.id } : undefined;
}

const loopStageNames = ['measured', 'decided', 'told', 'repairBegan', 'repairEnded', 'verified'] as const;

export interface LoopStage {
  readonly name: (typeof loopStageNames)[number];
  /** Undefined: still to come. */
  readonly atMs: number | undefined;
  /** Since the stage before it that happened. */
  readonly lengthMs: number | undefined;
}

/** The loop in at most six stages. Stages of a repair are left out where none is under way. */
export function loopStages(alarm: AlarmAnswer): readonly LoopStage[] {
  const { trace } = alarm;
  const order = alarm.workOrderDetails.at(-1);
  const began = order?.timeline.findLast((entry) => entry.what === 'work-order.running')?.at;
  const times: readonly (readonly [LoopStage['name'], string | undefined])[] = [
    ['measured', trace.sample],
    ['decided', trace.judged],
    ...(trace.notified !== undefined || alarm.receivers.length > 0 ? ([['told', trace.notified]] as const) : []),
    ...(order === undefined
      ? []
      : ([['repairBegan', began], ['repairEnded', trace.runEnded ?? order.runEndedAt], ...(order.verification !== undefined || order.state === 'verified' || began === undefined || order.state === 'running' ? ([['verified', trace.verified]] as const) : [])] as const)),
  ];
  let before: number | undefined;
  return times.map(([name, at]) => {
    const atMs = at === undefined ? undefined : toMs(at);
    const lengthMs = atMs === undefined || before === undefined ? undefined : Math.max(0, atMs - before);
    before = atMs ?? before;
    return { name, atMs, lengthMs };
  });
}
