/**
 * Membership in a group: joins, shares partitions out when it is the leader, keeps its session, commits. It does not use
 * kafkajs' own consumer, which gives up all partitions at each change of the group before it knows which ones stay, and
 * waits for nobody when it does.
 */
import { EngineError } from '@opsloop/ports';
import kafkajs from 'kafkajs';
import { connectToTopic, heardWithinMs } from '../connection/connect-to-topic.js';
import type { GroupBroker, JoinedGroup, KafkaCluster, KafkaConnection } from '../connection/kafka-connection.js';
import { failureOf } from '../connection/kafka-failure.js';
import type { KafkaBusCounts } from '../kafka-bus-options.js';
import { CommitQueue } from './commit-queue.js';
import { sharePartitions, type MemberClaim } from './share-partitions.js';

export interface GroupMemberOptions {
  readonly connection: KafkaConnection;
  /** Names in Kafka. */
  readonly topic: string;
  readonly group: string;
  readonly partitions: number;
  readonly sessionMs: number;
  readonly counts: KafkaBusCounts;
  /** The partition is this member's, and is to be read from this offset on. */
  onAssigned(partition: number, offset: number): void;
  /** Resolves when nothing works on the partition any more. */
  onLost(partition: number): Promise<void>;
  warn(message: string, error: unknown): void;
}

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;
const protocolName = 'opsloop-cooperative';
const protocolVersion = 1;
/** The coordinator has forgotten this member, and may have given its partitions to others. */
const forgotten = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID']);
const firstBackoffMs = 100;
const mostBackoffMs = 5_000;
const failuresAtMost = 6;
const leaveWithinMs = 3_000;
/** A new cluster needs seconds to make its coordinators, and one that moves is the usual case: told only when it lasts. */
const tellAfterMs = 5_000;

export class GroupMember {
  readonly #options: GroupMemberOptions;
  readonly #commits: CommitQueue;
  /** With a token of each assignment: a partition that was lost and has come back is another one. */
  readonly #owned = new Map<number, symbol>();
  /** Partitions that are let go of; false: they may belong to somebody else already. */
  readonly #releasing = new Map<number, { readonly mayCommit: boolean; readonly done: Promise<void> }>();
  #cluster: KafkaCluster;
  #coordinator: GroupBroker | undefined;
  #memberId = '';
  #generationId = -1;
  /** When it asked what was answered last: an answer may have waited in the socket of a process that stood still. */
  #heardMs = -Infinity;
  #failures = 0;
  #lastGoodMs = performance.now();
  #state: 'working' | 'leaving' | 'gone' = 'working';
  #mustJoin = true;
  #wakeUp: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: GroupMemberOptions) {
    this.#options = options;
    this.#cluster = options.connection.cluster();
    this.#commits = new CommitQueue({ send: (offsets) => this.#sendCommits(offsets), mayCommit: (partition) => this.#mayCommit(partition) });
  }

  /** Connects, and begins to join; the partitions come later. */
  async start(): Promise<void> {
    await connectToTopic(this.#cluster, this.#options.topic, heardWithinMs);
    this.#running ??= this.#run();
  }

  /** False: it has not heard from the coordinator for so long that others may have its partitions. */
  isCurrent(): boolean {
    return performance.now() - this.#heardMs < this.#options.sessionMs;
  }

  /** The group begins at `offset` next time. Throws a retryable EngineError for a partition that is not this member's. */
  commit(partition: number, offset: number): Promise<void> {
    return this.#commits.commit(partition, offset);
  }

  /** Lets go of everything, then leaves. Others get nothing before the handlers have ended. */
  stop(): Promise<void> {
    this.#stopping ??= this.#leave();
    return this.#stopping;
  }

  async #run(): Promise<void> {
    while (!this.#isGone()) {
      try {
        if (this.#mustJoin) await this.#join();
        this.#failures = 0;
        this.#lastGoodMs = performance.now();
        await this.#nap(this.#beatEveryMs());
        if (!this.#isGone() && !this.#mustJoin) await this.#beat();
      } catch (error) {
        if (!this.#isGone()) await this.#recover(error);
      }
    }
  }

  #isGone(): boolean {
    return this.#state === 'gone';
  }

  #beatEveryMs(): number {
    return this.#mustJoin || this.#isGone() ? 0 : Math.min(400, this.#options.sessionMs / 5);
  }

  async #join(): Promise<void> {
    const { group, topic, sessionMs } = this.#options;
    this.#mustJoin = false;
    const coordinator = await this.#cluster.findGroupCoordinator({ groupId: group });
    const metadata = MemberMetadata.encode({ version: protocolVersion, topics: [topic], userData: Buffer.from(JSON.stringify(this.#claim())) });
    const joiningMs = performance.now();
    const joined = await coordinator.joinGroup({ groupId: group, sessionTimeout: sessionMs, rebalanceTimeout: Math.max(sessionMs, 6_000), memberId: this.#memberId, groupProtocols: [{ name: protocolName, metadata }] });
    // Known from here on: whoever joins again under no name leaves a member behind that others wait for.
    this.#memberId = joined.memberId;
    this.#heardMs = joiningMs;
    const groupAssignment = joined.leaderId === joined.memberId ? this.#shareOut(joined) : [];
    const syncingMs = performance.now();
    const { memberAssignment } = await coordinator.syncGroup({ groupId: group, generationId: joined.generationId, memberId: joined.memberId, groupAssignment });
    this.#heardMs = syncingMs;
    this.#coordinator = coordinator;
    this.#generationId = joined.generationId;
    this.#take(MemberAssignment.decode(memberAssignment)?.assignment[topic] ?? []);
  }

  #claim(): Omit<MemberClaim, 'id'> {
    const releasing = [...this.#releasing].filter(([, { mayCommit }]) => mayCommit).map(([partition]) => partition);
    return { owned: [...this.#owned.keys()], releasing, isLeaving: this.#state !== 'working' };
  }

  #shareOut({ members }: JoinedGroup) {
    const { topic, partitions } = this.#options;
    const claims = members.map(({ memberId: id, memberMetadata }) => ({ id, ...(JSON.parse(MemberMetadata.decode(memberMetadata)!.userData.toString()) as Omit<MemberClaim, 'id'>) }));
    return [...sharePartitions(partitions, claims)].map(([memberId, share]) => ({
      memberId,
      memberAssignment: MemberAssignment.encode({ version: protocolVersion, assignment: { [topic]: share }, userData: Buffer.alloc(0) }),
    }));
  }

  #take(assigned: readonly number[]): void {
    for (const partition of this.#owned.keys()) if (!assigned.includes(partition)) this.#release(partition, true);
    if (this.#state !== 'working') return;
    const added = new Map(assigned.filter((partition) => !this.#owned.has(partition)).map((partition) => [partition, Symbol(`partition ${partition}`)]));
    for (const [partition, token] of added) this.#owned.set(partition, token);
    if (added.size > 0) void this.#begin(added);
  }

  #release(partition: number, mayCommit: boolean): void {
    this.#owned.delete(partition);
    const earlier = this.#releasing.get(partition)?.done;
    const done = (earlier ?? Promise.resolve()).then(() => this.#options.onLost(partition)).finally(() => {
      if (this.#releasing.get(partition)?.done === done) this.#releasing.delete(partition);
      // Others wait for it.
      if (mayCommit && this.#state === 'working') this.#joinAgain();
    });
    this.#releasing.set(partition, { mayCommit, done });
  }

  #joinAgain(): void {
    this.#mustJoin = true;
    this.#wakeUp?.();
  }

  /** Finds where the group stands and hands the partitions out, as long as these assignments stand. */
  async #begin(added: ReadonlyMap<number, symbol>): Promise<void> {
    const { onAssigned, warn, group } = this.#options;
    const stands = (partition: number): boolean => this.#owned.get(partition) === added.get(partition);
    await Promise.all([...added.keys()].map((partition) => this.#releasing.get(partition)?.done));
    const generationId = this.#generationId;
    const sinceMs = performance.now();
    for (let waitMs = firstBackoffMs; ; waitMs = Math.min(mostBackoffMs, waitMs * 2)) {
      const mine = [...added.keys()].filter(stands);
      if (mine.length === 0) return;
      try {
        const offsets = await this.#findOffsets(mine);
        for (const partition of mine) if (stands(partition)) onAssigned(partition, offsets.get(partition)!);
        return;
      } catch (error) {
        if (performance.now() - sinceMs > tellAfterMs) warn(`${group}: its positions cannot be read (generation ${generationId}); trying again in ${waitMs} ms`, error);
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        // A lead that has moved is asked for at its old place until somebody looks where it is now.
        await this.#cluster.refreshMetadata().catch(() => undefined);
      }
    }
  }

  /** Where the group stands; a new one at the oldest record, which is written down, so that it is known from then on. */
  async #findOffsets(partitions: readonly number[]): Promise<Map<number, number>> {
    const { topic, group } = this.#options;
    const coordinator = await this.#cluster.findGroupCoordinator({ groupId: group });
    const { responses } = await coordinator.offsetFetch({ groupId: group, topics: [{ topic, partitions: partitions.map((partition) => ({ partition, offset: '' })) }] });
    const offsets = new Map(responses.flatMap((one) => one.partitions.map(({ partition, offset }) => [partition, Number(offset)] as const)));
    const fresh = partitions.filter((partition) => (offsets.get(partition) ?? -1) < 0);
    if (fresh.length === 0) return offsets;
    const [oldest] = await this.#cluster.fetchTopicsOffset([{ topic, partitions: fresh.map((partition) => ({ partition })), fromBeginning: true }]);
    for (const { partition, offset } of oldest!.partitions) offsets.set(partition, Number(offset));
    await Promise.all(fresh.map((partition) => this.commit(partition, offsets.get(partition)!)));
    return offsets;
  }

  async #beat(): Promise<void> {
    const beatingMs = performance.now();
    try {
      await this.#coordinator!.heartbeat({ groupId: this.#options.group, groupGenerationId: this.#generationId, memberId: this.#memberId });
    } catch (error) {
      if (failureOf(error).type !== 'REBALANCE_IN_PROGRESS') throw error;
      this.#mustJoin = true;
    }
    this.#heardMs = beatingMs;
  }

  async #recover(error: unknown): Promise<void> {
    const { warn, group, counts, connection } = this.#options;
    const { type } = failureOf(error);
    this.#mustJoin = true;
    if (forgotten.has(type ?? '')) this.#memberId = '';
    if (forgotten.has(type ?? '') || !this.isCurrent()) this.#loseAll();
    if (type === 'REBALANCE_IN_PROGRESS' || forgotten.has(type ?? '')) return;
    const waitMs = Math.min(mostBackoffMs, firstBackoffMs * 2 ** this.#failures++);
    if (performance.now() - this.#lastGoodMs > tellAfterMs) warn(`${group}: its coordinator does not answer; trying again in ${waitMs} ms`, error);
    await this.#nap(waitMs);
    if (this.#failures % failuresAtMost !== 0) return void (await this.#cluster.refreshMetadata().catch(() => undefined));
    counts.clientRestarts++;
    await this.#cluster.disconnect().catch(() => undefined);
    this.#cluster = connection.cluster();
    await connectToTopic(this.#cluster, this.#options.topic, 0).catch(() => undefined);
  }

  #loseAll(): void {
    for (const partition of this.#owned.keys()) this.#release(partition, false);
    for (const [partition, { done }] of this.#releasing) this.#releasing.set(partition, { mayCommit: false, done });
  }

  #mayCommit(partition: number): boolean {
    return this.#owned.has(partition) || this.#releasing.get(partition)?.mayCommit === true;
  }

  async #sendCommits(offsets: ReadonlyMap<number, number>): Promise<void> {
    if (!this.#coordinator) throw new EngineError('the group has no coordinator yet', { retryable: true });
    const { group, topic } = this.#options;
    const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset: String(offset), metadata: null }));
    await this.#coordinator.offsetCommit({ groupId: group, groupGenerationId: this.#generationId, memberId: this.#memberId, topics: [{ topic, partitions }] });
  }

  async #leave(): Promise<void> {
    this.#state = 'leaving';
    for (const partition of this.#owned.keys()) this.#release(partition, true);
    await Promise.all([...this.#releasing.values()].map(({ done }) => done));
    this.#state = 'gone';
    this.#wakeUp?.();
    const { group } = this.#options;
    const goodbye = this.#memberId === '' ? undefined : this.#coordinator?.leaveGroup({ groupId: group, memberId: this.#memberId });
    // A coordinator that does not answer forgets this member by itself.
    await Promise.race([goodbye?.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, leaveWithinMs).unref())]);
    await this.#cluster.disconnect().catch(() => undefined);
    await this.#running;
    // What was connecting meanwhile.
    await this.#cluster.disconnect().catch(() => undefined);
  }

  #nap(ms: number): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
