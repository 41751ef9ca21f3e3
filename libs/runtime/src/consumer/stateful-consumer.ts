/** Stateful consumers: state lives with its partition, is snapshotted with the position it belongs to, and replayed from there. */
import { deadLetterTopic, isDeadLetterTopic } from '@opsloop/contracts';
import type { BatchContext, BusRecord, CheckpointKey, OutgoingRecord, Subscription } from '@opsloop/ports';
import { isRetryable, isWorthTelling, retryWhileDown } from '../part/backoff.js';
import { createBurial } from './create-burial.js';
import type { Part } from '../part/part.js';
import { publishInSlices } from './publish-in-slices.js';
import type { ServiceContext } from '../service/service-context.js';
import { toDeadLetter } from './to-dead-letter.js';

export type Emit = (topic: string, record: OutgoingRecord) => void;

export interface StatefulConsumerOptions<State> {
  readonly context: ServiceContext;
  readonly topic: string;
  readonly group: string;
  /** Part of every snapshot; another version is not read, but for `readableVersions`. */
  readonly formatVersion: number;
  /** Older versions that `decode` understands. */
  readonly readableVersions?: readonly number[];
  readonly checkpointEveryMs: number;
  create(partition: number): State;
  /** Chunks of at most 1 MiB; pulled in slices between turns of the event loop, while the partition waits. */
  encode(state: State): Iterable<Uint8Array>;
  /** Throws when it cannot read them: the state is then rebuilt from what the log still holds. */
  decode(chunks: readonly Uint8Array[], partition: number): State;
  /** Synchronous, deterministic in (state, record). Throwing sends the record to the dead letters, so read it before changing state. */
  step(state: State, record: BusRecord, emit: Emit, partition: number): void;
  /** After the records of a batch, before their outputs are published. */
  afterBatch?(state: State, emit: Emit, partition: number): void;
  /** Fault points, for example `aggregator.before-emit`. */
  readonly faultPrefix?: string;
}

interface Tenure<State> {
  state: State;
  epoch: number;
  /** Everything up to it is in `state`. */
  position: number;
  /** What steps up to `position` gave and is not published yet, by topic: no snapshot before it is. */
  readonly unsent: Map<string, OutgoingRecord[]>;
  /** Position of the last durable snapshot. */
  savedPosition: number;
  /** Steps see the log's positions moved up by this; 0 unless the log has lost its end once. */
  readonly lead: number;
  nextCheckpointMs: number;
}

/** More than what was read between the last snapshot and the loss of the log's end. */
const leadBeyondSnapshot = 2 ** 32;
/** What a partition that is given away may wait for its snapshot; without it the next owner replays more. */
const handOverMs = 3_000;

export function statefulConsumer<State>(options: StatefulConsumerOptions<State>): Part & { states(): ReadonlyMap<number, State> } {
  const { context, topic, group } = options;
  const { bus, clock, logger } = context;
  const tenures = new Map<number, Tenure<State>>();
  let stopping = new AbortController();
  let subscription: Subscription | undefined;
  let stopLimit: AbortSignal | undefined;
  const bury = createBurial(options);
  const tenancy = createTenancy(options, async (partition, position) => subscription?.commit(partition, position));

  async function onBatch(partition: number, records: readonly BusRecord[], { signal }: BatchContext): Promise<void> {
    const tenure = tenures.get(partition);
    if (!tenure) throw new Error(`${group}: partition ${partition} of ${topic} was not assigned`);
    stepAll(options, tenure, partition, records);
    if (tenure.unsent.size > 0) {
      tenancy.reach('before-emit');
      const retrying = (publish: () => Promise<void>) => tenancy.retrying(signal, publish);
      await publishUnsent(tenure, (to, slice) => (isDeadLetterTopic(to) ? bury(slice, retrying) : retrying(() => bus.publish(to, slice))));
      tenancy.reach('after-emit');
    }
    if (clock.monotonic() < tenure.nextCheckpointMs) return;
    if ((await tenancy.checkpoint(partition, tenure, signal)) === 'saved') return;
    tenures.delete(partition);
    throw new Error(`${group}: partition ${partition} of ${topic} has a newer owner; this one gives way`);
  }

  /** The next owner goes on where this one ends. */
  async function handOver(partition: number): Promise<void> {
    const tenure = tenures.get(partition);
    tenures.delete(partition);
    if (!tenure) return;
    await tenancy.checkpoint(partition, tenure, stopLimit ?? AbortSignal.timeout(handOverMs)).catch((error: unknown) => logger.warn({ err: error, group, partition }, 'no snapshot of a partition that is given away; its next owner replays the log'));
  }

  return {
    name: `${group} on ${topic}`,
    states: () => new Map([...tenures].map(([partition, tenure]) => [partition, tenure.state])),
    async start() {
      if (subscription) return;
      stopping = new AbortController();
      subscription = await bus.subscribe(topic, group, {
        onAssigned: async (partition, isRewound = false) => void tenures.set(partition, await tenancy.begin(partition, isRewound, stopping.signal)),
        onBatch,
        onLost: handOver,
      });
    },
    async stop(deadlineMs) {
      if (!subscription) return;
      stopLimit = AbortSignal.timeout(Math.max(1, Math.ceil(deadlineMs)));
      stopping.abort();
      await subscription.stop();
      subscription = undefined;
      stopLimit = undefined;
      tenures.clear();
    },
  };
}

/** Steps over what is new; what it gives is to be published. */
function stepAll<State>(options: StatefulConsumerOptions<State>, tenure: Tenure<State>, partition: number, records: readonly BusRecord[]): void {
  const emit: Emit = (to, record) => {
    const list = tenure.unsent.get(to);
    if (list) list.push(record);
    else tenure.unsent.set(to, [record]);
  };
  for (const record of records) {
    if (record.position <= tenure.position) continue;
    stepOrBury(options, tenure, record, emit, partition);
    tenure.position = record.position;
  }
  options.afterBatch?.(tenure.state, emit, partition);
}

/** The topics side by side. All of them have ended when it throws: what is sent twice at once would be taken out of `unsent` twice. */
async function publishUnsent<State>({ unsent }: Tenure<State>, publish: (to: string, slice: readonly OutgoingRecord[]) => Promise<void>): Promise<void> {
  const sent = await Promise.allSettled([...unsent].map(([to, list]) => publishInSlices(list, (slice) => publish(to, slice))));
  const failed = sent.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  unsent.clear();
}

/** Begins the tenure of a partition and snapshots it. */
function createTenancy<State>(options: StatefulConsumerOptions<State>, commit: (partition: number, position: number) => Promise<void>) {
  const { context, topic, group, checkpointEveryMs } = options;
  const { bus, checkpoints, clock, logger } = context;
  const refused = context.ownMetrics.counter('checkpoints_refused_total', 'Snapshots that were refused because the partition has a newer owner', ['group']);
  const seconds = context.ownMetrics.histogram('checkpoint_seconds', 'Time that a partition waited for its snapshot', ['group']);

  function reach(point: string): void {
    context.reach(`${options.faultPrefix ?? group}.${point}`);
  }

  function retrying<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return retryWhileDown(work, {
      clock,
      signal,
      onRetry(error, attempt) {
        if (isWorthTelling(attempt)) logger.warn({ err: error, topic, group, attempt }, 'an engine failed; the partition waits and tries again');
      },
    });
  }

  async function begin(partition: number, isRewound: boolean, signal: AbortSignal): Promise<Tenure<State>> {
    const key = { group, partition };
    const epoch = await retrying(signal, () => checkpoints.begin(key));
    const saved = await retrying(signal, () => checkpoints.load(key));
    const { state, lead } = saved ? restore(options, saved.chunks, partition) : { state: undefined, lead: 0 };
    const position = saved && state !== undefined ? saved.position : -1;
    // Spread over the interval, so that partitions do not snapshot all at once.
    const nextCheckpointMs = clock.monotonic() + checkpointEveryMs * (0.5 + (partition % 16) / 32);
    const tenure = { state: state ?? options.create(partition), epoch, position, unsent: new Map(), savedPosition: position, lead, nextCheckpointMs };
    if (!saved) return tenure;
    const nextPosition = await retrying(signal, () => bus.nextPosition(topic, partition));
    // A log that is known to have lost its end may have grown beyond the position by now.
    if (saved.position < nextPosition && !isRewound) return tenure;
    logger.warn({ topic, group, partition, position: saved.position, nextPosition }, 'the log ends before what was read of it: its end was lost, or its files were removed. The state is kept, and all that the log delivers is read; send again what was lost, if somebody still has it');
    return forgetPosition(key, tenure, saved.position, signal);
  }

  /**
   * The positions of a log that has lost its end begin again below what was read: all that it delivers is new, and what it
   * delivers twice is known by its content. Revisions are made of positions, and the higher one wins: steps therefore see
   * positions above all that they have seen, and what they make of them replaces what is there. Saved before anything is
   * read, since after a crash the log may have grown beyond the old position.
   */
  async function forgetPosition(key: CheckpointKey, tenure: Tenure<State>, readTo: number, signal: AbortSignal): Promise<Tenure<State>> {
    const renewed = { ...tenure, position: -1, savedPosition: -1, lead: tenure.lead + readTo + leadBeyondSnapshot };
    await retrying(signal, () => checkpoints.save(key, tenure.epoch, renewed.position, framed(options, renewed)));
    return renewed;
  }

  async function checkpoint(partition: number, tenure: Tenure<State>, signal: AbortSignal): Promise<'saved' | 'fenced'> {
    const startMs = clock.monotonic();
    tenure.nextCheckpointMs = startMs + checkpointEveryMs;
    if (tenure.position <= tenure.savedPosition) return 'saved';
    if (tenure.unsent.size > 0) throw new Error('what follows from its records is not published yet');
    reach('before-checkpoint');
    const { position, epoch } = tenure;
    const outcome = await retrying(signal, () => checkpoints.save({ group, partition }, epoch, position, framed(options, tenure)));
    seconds.observe({ group }, (clock.monotonic() - startMs) / 1000);
    if (outcome === 'fenced') {
      refused.inc({ group });
      return 'fenced';
    }
    tenure.savedPosition = position;
    reach('after-checkpoint');
    await retrying(signal, () => commit(partition, position));
    return 'saved';
  }

  return { reach, retrying, begin, checkpoint };
}

function stepOrBury<State>(options: StatefulConsumerOptions<State>, { state, lead }: Tenure<State>, record: BusRecord, emit: Emit, partition: number): void {
  const { context, topic, group } = options;
  try {
    options.step(state, lead === 0 ? record : { ...record, position: record.position + lead }, emit, partition);
  } catch (error) {
    if (isRetryable(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    context.logger.error({ err: error, topic, group, partition, position: record.position }, 'a record can never succeed; it goes to the dead letters');
    context.ownMetrics.counter('dead_letters_total', 'Records that can never succeed', ['topic', 'group']).inc({ topic, group });
    emit(deadLetterTopic(topic), toDeadLetter(record, { topic, group, partition, reason }));
  }
}

/** The first chunk names the format, and the lead where there is one; the rest is the state's own. */
async function* framed<State>(options: StatefulConsumerOptions<State>, { state, lead }: Tenure<State>): AsyncIterable<Uint8Array> {
  yield new TextEncoder().encode(`${options.group}/${options.formatVersion}${lead === 0 ? '' : `/${lead}`}`);
  for (const chunk of options.encode(state)) {
    yield chunk;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Without a state when it cannot be read: the lead holds all the same. */
function restore<State>(options: StatefulConsumerOptions<State>, chunks: readonly Uint8Array[], partition: number): { state: State | undefined; lead: number } {
  const [group, version, lead = '0'] = new TextDecoder().decode(chunks[0]).split('/');
  const readable = [options.formatVersion, ...(options.readableVersions ?? [])].map(String);
  try {
    if (group !== options.group || !readable.includes(version!)) throw new Error(`the snapshot has format ${group}/${version}, this version reads ${options.group}/${options.formatVersion}`);
    return { state: options.decode(chunks.slice(1), partition), lead: Number(lead) };
  } catch (error) {
    options.context.logger.warn({ err: error, group: options.group, partition }, 'the snapshot cannot be read; the state is rebuilt from the log');
    return { state: undefined, lead: Number(lead) };
  }
}
