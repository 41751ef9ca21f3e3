/** What one partition of logs.raw holds: streams, their templates and counts. Read this file first. */
import { toContentHash, type LogBatch, type LogRecord, type RawBatch } from '@opsloop/contracts';
import { buildBatch, createBatchOwner, hashOwner } from '../sample/build-batch.js';
import { SampleLog } from '../sample/sample-log.js';
import { SeriesTable } from '../sample/series-table.js';
import { SeenBatches } from '../window/seen-batches.js';
import { behindMs, bucketGraceMs, forgetStreamMs, maxStreams, maxTemplatesTogether, trustSilenceMs } from './log-watch-limits.js';
import { LogStream, type LogBucket, type LogChange, type LogSample } from './log-stream.js';

/** Under this name the counts are samples, apart from those of any sender. */
const logSource = 'opsloop/logs';

export interface PartitionLogs {
  readonly bucketMs: number;
  /** Greatest arrival time seen: time goes on by it alone. */
  clockMs: number;
  seen: SeenBatches;
  /** Lines so far, without those that came again. */
  taken: number;
  /** By resource and service, least recently used first. */
  readonly streams: Map<string, LogStream>;
  /** Of all streams together. */
  templates: number;
  /** No bucket closes before this. */
  nextCloseMs: number;
  /** All in lines, but `forgotten`, which are streams. */
  readonly stats: { lines: number; repeated: number; forgotten: number };
}

export interface LogOutputs {
  /** Counts as samples, for the windows. */
  counts(batch: RawBatch): void;
  change(change: LogChange): void;
}

/** `windowMs`: width of base windows; buckets are as wide, so that a window has one count. */
export function createPartitionLogs(windowMs: number): PartitionLogs {
  return { bucketMs: windowMs, clockMs: 0, seen: new SeenBatches(), taken: 0, streams: new Map(), templates: 0, nextCloseMs: 0, stats: { lines: 0, repeated: 0, forgotten: 0 } };
}

/** Takes the records of a batch, unless it came before, and ends the buckets whose time is over. */
export function stepLogBatch(state: PartitionLogs, batch: LogBatch, arrivalMs: number, outputs: LogOutputs): void {
  moveClock(state, arrivalMs);
  if (state.seen.seen(toContentHash(batch.contentHash), state.clockMs)) state.stats.repeated += batch.records.length;
  else for (const record of batch.records) addRecord(state, batch, record, outputs);
  state.stats.lines += batch.records.length;
  closeBuckets(state, outputs);
}

function addRecord(state: PartitionLogs, batch: LogBatch, record: LogRecord, outputs: LogOutputs): void {
  state.taken++;
  const stream = streamOf(state, batch, record.service, outputs);
  const before = stream.miner.templateCount;
  const startMs = stream.add(record, state.clockMs, state.bucketMs);
  state.templates += stream.miner.templateCount - before;
  state.nextCloseMs = Math.min(state.nextCloseMs, startMs + state.bucketMs + bucketGraceMs);
  if (state.templates > maxTemplatesTogether) forgetTemplates(state);
}

/** Time goes on without records. */
export function stepLogTick(state: PartitionLogs, arrivalMs: number, outputs: LogOutputs): void {
  moveClock(state, arrivalMs);
  closeBuckets(state, outputs);
}

/** Ticks come each second: a pause is ours, and senders may hold what they could not send. */
function moveClock(state: PartitionLogs, arrivalMs: number): void {
  if (arrivalMs - state.clockMs > behindMs) for (const stream of state.streams.values()) stream.mutedToMs = arrivalMs + trustSilenceMs;
  state.clockMs = Math.max(state.clockMs, arrivalMs);
}

function streamOf(state: PartitionLogs, { resource, attributes }: LogBatch, service: string, outputs: LogOutputs): LogStream {
  const key = `${resource.id}\0${service}`;
  let stream = state.streams.get(key);
  if (stream) state.streams.delete(key);
  else {
    forgetStreams(state, outputs);
    stream = new LogStream({ resource, attributes, service, startedMs: state.clockMs, lastMs: state.clockMs, countedToMs: Math.floor(state.clockMs / state.bucketMs) * state.bucketMs });
  }
  stream.attributes = attributes;
  state.streams.set(key, stream);
  return stream;
}

/** Makes room for one more stream. What is being counted of those that go is told before. */
function forgetStreams(state: PartitionLogs, outputs: LogOutputs): void {
  for (const [key, stream] of state.streams) {
    const isOld = stream.lastMs < state.clockMs - forgetStreamMs;
    if (!isOld && state.streams.size < maxStreams) return;
    for (const bucket of [...stream.buckets.values()].toSorted((a, b) => a.startMs - b.startMs)) tell(state, stream, bucket, outputs);
    state.templates -= stream.miner.templateCount;
    state.streams.delete(key);
    state.stats.forgotten++;
  }
}

/** Whoever logs most makes the room, so that no log loses its templates to the noise of another. */
function forgetTemplates(state: PartitionLogs): void {
  const { miner } = [...state.streams.values()].reduce((a, b) => (b.miner.templateCount > a.miner.templateCount ? b : a));
  const before = miner.templateCount;
  miner.forgetOldest();
  state.templates += miner.templateCount - before;
}

function closeBuckets(state: PartitionLogs, outputs: LogOutputs): void {
  if (state.clockMs < state.nextCloseMs) return;
  const behindStartMs = state.bucketMs + bucketGraceMs;
  const lastStartMs = Math.floor((state.clockMs - behindStartMs) / state.bucketMs) * state.bucketMs;
  // The next bucket that ends does so for every log, with lines or without.
  state.nextCloseMs = state.streams.size === 0 ? Infinity : lastStartMs + state.bucketMs + behindStartMs;
  for (const stream of state.streams.values()) {
    for (const bucket of stream.takeDue(lastStartMs, state.clockMs, state.bucketMs)) tell(state, stream, bucket, outputs);
  }
}

function tell(state: PartitionLogs, stream: LogStream, bucket: LogBucket, outputs: LogOutputs): void {
  const { samples, changes } = stream.close(bucket, state.clockMs);
  outputs.counts(countsBatch(stream, bucket.startMs, samples, state.taken));
  for (const change of changes) outputs.change(change);
}

/** Lines that come late are told by themselves, often in the same numbers as those before them: by `taken` they are not the same batch. */
function countsBatch({ resource, attributes }: LogStream, timeMs: number, samples: readonly LogSample[], taken: number): RawBatch {
  const table = new SeriesTable(resource, 0);
  const log = new SampleLog();
  const ids = Int32Array.from(samples, ({ metric, labels }) => table.add(metric, table.findLabels(labels) ?? table.addLabels(labels)));
  log.append(timeMs, ids, Float64Array.from(samples, ({ value }) => value), samples.length);
  return buildBatch({ ...createBatchOwner(table, logSource), hash: hashOwner(resource.id, `${logSource}/${taken}`) }, attributes, log);
}
