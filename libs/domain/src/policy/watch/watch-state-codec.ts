/** Watch state for checkpoints: JSON lists in chunks of far less than 1 MiB, each readable by itself. */
import type { Attributes, Labels, Resource } from '@opsloop/contracts';
import { normalAlarm, type AlarmState } from '../../alarm/alarm-state.js';
import type { MemorySlots } from '../../condition/memory-slots.js';
import type { PolicyForecastScore } from './forecast-scores.js';
import { createSeriesWatch, memoryKey, type EarlyPeak, type WatchBirth, type JointWindows, type PendingWindow, type SeriesWatch, type WatchShape } from './series-watch.js';
import { createWatchState, type WatchedResource, type WatchState } from './watch-state.js';

/**
 * Raised when the encoding changes; `readableWatchFormats` are read too. Before 2, watches had no input, memory or joint windows;
 * before 3, anomaly models counted in bytes.
 */
export const watchStateFormat = 3;
export const readableWatchFormats: readonly number[] = [1, 2];
const chunkLength = 200_000;

/** JSON has no infinities; they are written as texts. */
type Encoded = number | string;
type EncodedWatch = readonly [shape: number, labels: Labels, source: number, seenToMs: Encoded, value: Encoded, count: number, lastSampleMs: number, lastArrivalMs: number, silences: number, alarm: AlarmState | 0, extra?: EncodedExtra];
/** One without a width was written when all had that of the watch. */
type EncodedPending = Omit<PendingWindow, 'windowMs'> & Partial<Pick<PendingWindow, 'windowMs'>>;
/** Only where there is any. */
interface EncodedExtra {
  readonly same?: number;
  readonly late?: readonly [addedToMs: Encoded, lagMs: number, formerLagMs: number];
  readonly memory?: readonly [key: string, data: unknown];
  readonly birth?: WatchBirth;
  readonly early?: readonly EarlyPeak[];
  readonly aheadToMs?: number;
  readonly joint?: { readonly pending: readonly EncodedPending[]; readonly judgedToMs: Encoded; readonly told?: JointWindows['told'] };
}
interface EncodedChunk {
  readonly sweptToMs: Encoded;
  /** In the first chunk, where there are any. */
  readonly forecastScores?: readonly PolicyForecastScore[];
  /** In a chunk of their own, where there are any. */
  readonly endedAlarms?: readonly (readonly [key: string, judgedToMs: number])[];
  readonly shapes: readonly WatchShape[];
  readonly resources: readonly (readonly [Resource, Attributes, (readonly [name: string, lastArrivalMs: Encoded, closedToMs: Encoded])[], EncodedWatch[]])[];
}

export function* encodeWatchState(state: WatchState): Iterable<Uint8Array> {
  const encoder = new TextEncoder();
  let shapes = new Map<string, { index: number; shape: WatchShape }>();
  let rows: string[] = [];
  let length = 0;
  let isFirst = true;
  const chunk = (): Uint8Array => {
    const scores = isFirst && state.forecastScores.size > 0 ? { forecastScores: [...state.forecastScores.values()] } : {};
    isFirst = false;
    const head = JSON.stringify({ sweptToMs: finite(state.sweptToMs), ...scores, shapes: [...shapes.values()].map((one) => one.shape) }).slice(0, -1);
    const bytes = encoder.encode(`${head},"resources":[${rows.join(',')}]}`);
    shapes = new Map();
    rows = [];
    length = 0;
    return bytes;
  };
  if (state.endedAlarms.size > 0) yield encoder.encode(JSON.stringify({ sweptToMs: finite(state.sweptToMs), endedAlarms: [...state.endedAlarms], shapes: [], resources: [] }));
  for (const watched of state.resources.values()) {
    const row = JSON.stringify(encodeResource(watched, state.slots, (shape) => indexOf(shapes, shape)));
    rows.push(row);
    length += row.length;
    if (length > chunkLength) yield chunk();
  }
  yield chunk();
}

/** Throws when the bytes are no such snapshot. */
export function decodeWatchState(chunks: readonly Uint8Array[]): WatchState {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const state = createWatchState();
  for (const bytes of chunks) {
    const chunk = JSON.parse(decoder.decode(bytes)) as EncodedChunk;
    state.sweptToMs = Number(chunk.sweptToMs);
    for (const score of chunk.forecastScores ?? []) state.forecastScores.set(`${score.tenant}/${score.policy}`, score);
    for (const [key, judgedToMs] of chunk.endedAlarms ?? []) state.endedAlarms.set(key, judgedToMs);
    for (const [resource, attributes, sources, watches] of chunk.resources) {
      state.resources.set(resource.id, {
        resource,
        attributes,
        sources: sources.map(([name, lastArrivalMs, closedToMs]) => ({ name, lastArrivalMs: Number(lastArrivalMs), closedToMs: Number(closedToMs), plan: undefined, bound: [] })),
        watches: watches.map((watch) => decodeWatch(watch, chunk.shapes)),
        nextCheckMs: -Infinity,
      });
    }
  }
  return state;
}

function encodeResource({ resource, attributes, sources, watches }: WatchedResource, slots: MemorySlots, shapeIndex: (shape: WatchShape) => number): EncodedChunk['resources'][number] {
  return [
    resource,
    attributes,
    sources.map(({ name, lastArrivalMs, closedToMs }) => [name, finite(lastArrivalMs), finite(closedToMs)] as const),
    watches.map((watch): EncodedWatch => [
      shapeIndex(watch.shape), watch.labels, watch.source, finite(watch.seenToMs), finite(watch.value), watch.count,
      watch.lastSampleMs, watch.lastArrivalMs, watch.silences, watch.alarm === normalAlarm ? 0 : watch.alarm, ...encodeExtra(watch, slots),
    ]),
  ];
}

function encodeExtra(watch: SeriesWatch, slots: MemorySlots): [] | [EncodedExtra] {
  const { shape, count, same, memory, joint, birth, early, aheadToMs, seenToMs, addedToMs, lagMs, formerLagMs } = watch;
  const isSame = shape.aggregate === 'AVG' && count > 0 && !Number.isNaN(same);
  const isLate = !joint && (addedToMs !== seenToMs || lagMs > 0 || formerLagMs > 0);
  if (!isSame && !isLate && !memory && !joint && !birth && !early && aheadToMs === -Infinity) return [];
  return [{
    ...(isSame && { same }),
    ...(isLate && { late: [finite(addedToMs), lagMs, formerLagMs] as const }),
    ...(memory && { memory: [memoryKey(memory), memory.condition ? memory.condition.encode(memory.data, slots) : memory.data] }),
    ...(birth && { birth }),
    ...(early && { early }),
    ...(aheadToMs > -Infinity && { aheadToMs }),
    ...(joint && { joint: { pending: joint.pending, judgedToMs: finite(joint.judgedToMs), ...(joint.told && { told: joint.told }) } }),
  }];
}

function decodeWatch([shape, labels, source, seenToMs, value, count, lastSampleMs, lastArrivalMs, silences, alarm, extra]: EncodedWatch, shapes: readonly WatchShape[]): SeriesWatch {
  return {
    ...createSeriesWatch({ ...shapes[shape]!, input: shapes[shape]!.input ?? 0 }, labels),
    source, seenToMs: Number(seenToMs), addedToMs: Number(extra?.late?.[0] ?? seenToMs), lagMs: extra?.late?.[1] ?? 0, formerLagMs: extra?.late?.[2] ?? 0, value: Number(value), count, lastSampleMs, lastArrivalMs, silences,
    alarm: alarm === 0 ? normalAlarm : { ...alarm, pendingSinceMs: alarm.pendingSinceMs, open: alarm.open },
    ...(extra?.memory && { memory: { key: extra.memory[0], condition: undefined, data: extra.memory[1] } }),
    ...(extra?.same !== undefined && { same: extra.same }),
    ...(extra?.early && { early: extra.early }),
    ...(extra?.aheadToMs !== undefined && { aheadToMs: extra.aheadToMs }),
    ...(extra?.birth && { birth: { bornMs: extra.birth.bornMs, windows: [...extra.birth.windows] } }),
    ...(extra?.joint && { joint: { pending: extra.joint.pending.map((one) => ({ ...one, windowMs: one.windowMs ?? shapes[shape]!.windowMs })), judgedToMs: Number(extra.joint.judgedToMs), told: extra.joint.told } }),
  };
}

function indexOf(shapes: Map<string, { index: number; shape: WatchShape }>, { name, metric, windowMs, aggregate, input }: WatchShape): number {
  const key = `${name}\n${metric}\n${windowMs}\n${aggregate}\n${input}`;
  let found = shapes.get(key);
  if (!found) shapes.set(key, (found = { index: shapes.size, shape: { name, metric, windowMs, aggregate, input } }));
  return found.index;
}

function finite(value: number): Encoded {
  return Number.isFinite(value) ? value : String(value);
}
