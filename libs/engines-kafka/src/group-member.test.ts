import { eventually, pause } from '@opsloop/testing';
import kafkajs from 'kafkajs';
import { GroupMember } from './group-member.js';
import type { GroupBroker, KafkaCluster, KafkaConnection } from './kafka-connection.js';

const { MemberAssignment } = kafkajs.AssignerProtocol;
const answer = (type: string): Error => Object.assign(new Error(`answered ${type}`), { type });

/** A coordinator that gives its one member the one partition; `before` says what becomes of a request. */
function joinedBy(before: { heartbeat?: () => Promise<void>; offsetFetch?: () => Promise<void> }) {
  const told: string[] = [];
  let generationId = 0;
  const coordinator = {
    joinGroup: async () => ({ generationId: ++generationId, leaderId: 'm', memberId: 'm', members: [] }),
    syncGroup: async () => ({ memberAssignment: MemberAssignment.encode({ version: 1, assignment: { windows: [0] }, userData: Buffer.alloc(0) }) }),
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
