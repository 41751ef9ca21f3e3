import type { Attributes, Resource } from '@opsloop/contracts';
import { finalTemplate, LogTemplateMiner, type LogTemplate, type LogTemplateState } from '../log-template/log-template-miner.js';
import { SeenBatches } from '../window/seen-batches.js';
import { LogStream, type LogBucket } from './log-stream.js';
import { streamLimits } from './log-watch-limits.js';
import { createPartitionLogs, type PartitionLogs } from './partition-logs.js';
import { joinRates, type TemplateRate } from './template-rate.js';

/** Raise it when the encoding changes. Before 2, lines of a template had one level, and silence was not counted. */
export const partitionLogsFormat = 2;
export const readablePartitionLogs: readonly number[] = [1];

const maxChunkBytes = 2 ** 20;

interface HeadState {
  readonly bucketMs: number;
  readonly clockMs: number;
  readonly taken?: number;
  readonly seen: readonly { readonly high: number; readonly low: number; readonly arrivalMs: number }[];
}

interface StreamState {
  readonly resource: Resource;
  readonly attributes: Attributes;
  readonly service: string;
  readonly startedMs: number;
  readonly lastMs: number;
  readonly countedToMs?: number;
  readonly miner: LogTemplateState;
  readonly rates: readonly (readonly [number, TemplateRate])[];
  readonly series: readonly (readonly [string, number])[];
  readonly levels?: readonly (readonly [string, number])[];
  readonly changedMs: readonly number[];
  readonly mutedToMs?: number;
  readonly buckets: readonly BucketState[];
}

interface BucketState {
  readonly startMs: number;
  readonly levels: readonly (readonly [string, number])[];
  readonly templates: readonly {
    readonly id: number;
    readonly levels?: readonly (readonly [string, number])[];
    readonly lines?: number;
    readonly level?: string;
    readonly example?: string;
    /** Of a template that the miner has forgotten since: its lines are yet to be told. */
    readonly forgotten?: Pick<LogTemplate, 'tokens' | 'spaced'>;
  }[];
  readonly others?: readonly (readonly [string, number])[];
}

/** A line of JSON for what the partition knows, and one for each stream, in chunks of at most 1 MiB. */
export function* encodePartitionLogs(state: PartitionLogs): Iterable<Uint8Array> {
  const encoder = new TextEncoder();
  const head: HeadState = { bucketMs: state.bucketMs, clockMs: state.clockMs, taken: state.taken, seen: [...state.seen.entries(state.clockMs)] };
  yield* pieces(encoder.encode(JSON.stringify(head)));
  for (const stream of state.streams.values()) yield* pieces(encoder.encode(`\n${JSON.stringify(streamState(stream))}`));
}

/** Throws when the chunks are no such state. */
export function decodePartitionLogs(chunks: readonly Uint8Array[], windowMs: number): PartitionLogs {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const text = chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode();
  const [first, ...rest] = text.split('\n');
  const head = JSON.parse(first!) as HeadState;
  const state = createPartitionLogs(windowMs);
  if (head.bucketMs !== state.bucketMs) throw new Error(`counts were taken by ${head.bucketMs} ms, now by ${state.bucketMs} ms`);
  state.clockMs = head.clockMs;
  state.taken = head.taken ?? 0;
  state.seen = new SeenBatches();
  for (const { high, low, arrivalMs } of head.seen) state.seen.restore(high, low, arrivalMs);
  for (const line of rest) {
    const stream = restoreStream(JSON.parse(line) as StreamState, state);
    state.templates += stream.miner.templateCount;
    state.streams.set(`${stream.resource.id}\0${stream.service}`, stream);
  }
  return state;
}

function streamState({ resource, attributes, service, startedMs, lastMs, countedToMs, miner, rates, series, levels, changedMs, mutedToMs, buckets }: LogStream): StreamState {
  const alive = new Set(buckets.size > 0 ? miner.templates() : []);
  return { resource, attributes, service, startedMs, lastMs, countedToMs, miner: miner.state(), rates: [...rates].map(([template, rate]) => [finalTemplate(template).id, rate] as const), series: [...series], levels: [...levels], changedMs, mutedToMs, buckets: [...buckets.values()].map((bucket) => bucketState(bucket, alive)) };
}

function bucketState({ startMs, levels, templates, others }: LogBucket, alive: ReadonlySet<LogTemplate>): BucketState {
  return {
    startMs,
    levels: [...levels],
    others: [...others],
    templates: [...templates].map(([template, { levels: own, example }]) => {
      const final = finalTemplate(template);
      return { id: final.id, levels: [...own], ...(example !== undefined && { example }), ...(!alive.has(final) && { forgotten: { tokens: final.tokens, spaced: final.spaced } }) };
    }),
  };
}

function restoreStream({ miner: minerState, rates, series, levels: levelTimes, changedMs, buckets, ...parts }: StreamState, { clockMs, bucketMs }: PartitionLogs): LogStream {
  const miner = LogTemplateMiner.from(minerState, streamLimits);
  const byId = new Map([...miner.templates()].map((template) => [template.id, template]));
  for (const { templates } of buckets) for (const { id, forgotten } of templates) if (forgotten && !byId.has(id)) byId.set(id, { id, ...forgotten, lines: 0, lastLine: 0, into: undefined });
  const stream = new LogStream({ countedToMs: Math.floor(clockMs / bucketMs) * bucketMs, ...parts, miner, rates: restoreRates(rates, byId), series: new Map(series), levels: new Map(levelTimes), changedMs: [...changedMs] });
  for (const { startMs, levels, templates, others } of buckets) {
    const bucket: LogBucket = { startMs, levels: new Map(levels), templates: new Map(), others: new Map(others) };
    for (const { id, levels: own, lines = 0, level = '', example } of templates) {
      const template = byId.get(id);
      // From a version that did not keep what was forgotten.
      if (!template) continue;
      const counts = own ?? [[level, lines] as const];
      const known = bucket.templates.get(template);
      if (known) for (const [name, count] of counts) known.levels.set(name, (known.levels.get(name) ?? 0) + count);
      else bucket.templates.set(template, { levels: new Map(counts), example });
    }
    stream.buckets.set(startMs, bucket);
  }
  return stream;
}

/** An id twice: templates that had become one. */
function restoreRates(rates: StreamState['rates'], byId: ReadonlyMap<number, LogTemplate>): Map<LogTemplate, TemplateRate> {
  const restored = new Map<LogTemplate, TemplateRate>();
  for (const [id, rate] of rates) {
    const template = byId.get(id);
    if (!template) continue;
    const known = restored.get(template);
    restored.set(template, known ? joinRates(known, rate) : rate);
  }
  return restored;
}

function* pieces(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let from = 0; from < bytes.length; from += maxChunkBytes) yield bytes.subarray(from, from + maxChunkBytes);
}
