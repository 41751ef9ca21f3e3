import { eventually, pause } from '@opsloop/testing';
import kafkajs from 'kafkajs';
import type { GroupBroker, KafkaCluster, KafkaConnection } from '../connection/kafka-connection.js';
import { GroupMember } from './group-member.js';

const { MemberAssignment } = kafkajs.AssignerProtocol;
const answer = (type: string): Error => Object.assign(new Error(`answered ${type}`), { type });

/** A coordinator that gives its one member the one partition; `before` says what becomes of a request. */
function joinedBy(before: { join?: () => Promise<void>; sync?: () => Promise<void>; heartbeat?: () => Promise<void>; offsetFetch?: () => Promise<void> }) {
  const told: string[] = [];
  let generationId = 0;
  const coordinator = {
    async joinGroup() {
      await before.join?.();
      return { generationId: ++generationId, leaderId: 'm', memberId: 'm', members: [] };
    },
    async syncGroup() {
      await before.sync?.();
      return { memberAssignment: MemberAssignment.encode({ version: 1, assignment: { windows: [0] }, userData: Buffer.alloc(0) }) };
    },
    heartbeat: async () => before.heartbeat?.(),
    async offsetFetch() {
      await before.offsetFetch?.();
      return { responses: [{ partitions: [{ partition: 0, offset: '7' }] }] };
    },
    leaveGroup: async () => undefined,
  } as unknown as GroupBroker;
  const cluster = {
    connect: async () => undefined, disconnect: async () => undefined, addTargetTopic: async () => undefined, refreshMetadata: async () => undefined,
    findGroupCoordinator: async () => coordinator,
  } as unknown as KafkaCluster;
  const member = new GroupMember({
    connection: { cluster: () => cluster } as KafkaConnection, topic: 'windows', group: 'g', partitions: 1, sessionMs: 500,
    counts: { clientRestarts: 0, lostRecords: 0, produceRequests: 0, publishedRecords: 0 },
    onAssigned: (partition, offset) => void told.push(`assigned ${partition} from ${offset}`),
    onLost: async (partition) => void told.push(`lost ${partition}`),
    warn: () => undefined,
  });
  return { member, told };
}

let living: GroupMember | undefined;
afterEach(() => living?.stop());

it('a partition that was lost and given back while its position could not be read is assigned once', async () => {
  let isLoading = true;
  let isForgotten = false;
  const { member, told } = joinedBy({
    async heartbeat() {
      if (!isForgotten) return;
      isForgotten = false;
      throw answer('UNKNOWN_MEMBER_ID');
    },
    async offsetFetch() {
      if (isLoading) throw answer('GROUP_LOAD_IN_PROGRESS');
    },
  });
  living = member;
  await member.start();
  await pause(50);
  isForgotten = true;
  await eventually('it is lost', () => told.includes('lost 0'));
  isLoading = false;
  await eventually('it is assigned', () => told.length > 1);
  // As long as an earlier assignment may wait for its next try.
  await pause(900);
  expect(told).toEqual(['lost 0', 'assigned 0 from 7']);
});

it('an answer that was long on its way is as old as its question: others may have the partitions by now', async () => {
  let isHeld = false;
  let answerNow = (): void => undefined;
  const { member } = joinedBy({
    async heartbeat() {
      if (isHeld) await new Promise<void>((resolve) => (answerNow = resolve));
    },
  });
  living = member;
  await member.start();
  await eventually('it has joined', () => member.isCurrent());
  isHeld = true;
  // A session, and the time until the next beat.
  await pause(700);
  isHeld = false;
  answerNow();
  await new Promise((resolve) => setImmediate(resolve));
  expect(member.isCurrent()).toBe(false);
  await eventually('the next beat is answered at once', () => member.isCurrent());
});

it('what a group that takes long to gather answers is as old as its question, too; the partitions that follow are news', async () => {
  let gather = (): void => undefined;
  let share = (): void => undefined;
  const { member } = joinedBy({
    join: () => new Promise((resolve) => (gather = resolve)),
    sync: () => new Promise((resolve) => (share = resolve)),
  });
  living = member;
  await member.start();
  await pause(600);
  gather();
  await pause(10);
  expect(member.isCurrent()).toBe(false);
  share();
  await eventually('it is current', () => member.isCurrent());
});
