/** The client library, and what of it is used beyond its declared types. Nothing else here knows kafkajs. */
import { readFileSync } from 'node:fs';
import kafkajs from 'kafkajs';
import type { Admin, Broker, Cluster, GroupMember, GroupMemberAssignment, GroupState, KafkaConfig, Producer } from 'kafkajs';
import { EngineError } from '@opsloop/ports';
import { registerCodecs } from '../compression/compression-codecs.js';
import type { KafkaBusOptions } from '../kafka-bus-options.js';

/** A broker as a member of a group talks to it. kafkajs has these requests, and leaves them out of its types. */
export interface GroupBroker extends Omit<Broker, 'fetch'> {
  joinGroup(request: { groupId: string; sessionTimeout: number; rebalanceTimeout: number; memberId: string; groupProtocols: GroupState[] }): Promise<JoinedGroup>;
  syncGroup(request: { groupId: string; generationId: number; memberId: string; groupAssignment: GroupMemberAssignment[] }): Promise<{ memberAssignment: Buffer }>;
  heartbeat(request: { groupId: string; groupGenerationId: number; memberId: string }): Promise<unknown>;
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
  fetch(request: FetchRequest): Promise<{ responses: { topicName: string; partitions: FetchedPartition[] }[] }>;
}

export interface JoinedGroup {
  readonly generationId: number;
  readonly leaderId: string;
  readonly memberId: string;
  /** Empty for all but the leader. */
  readonly members: GroupMember[];
}

export interface FetchRequest {
  readonly isolationLevel: number;
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[];
}

interface FetchedPartition {
  readonly partition: number;
  readonly highWatermark: string;
  readonly messages: readonly FetchedMessage[];
}

export interface FetchedMessage {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly offset: string;
  readonly timestamp: string;
  readonly headers?: Record<string, Buffer | string | (Buffer | string)[] | undefined>;
  readonly isControlRecord?: boolean;
}

/** Connections to the brokers, and what is known of them. */
export interface KafkaCluster extends Omit<Cluster, 'findBroker' | 'findGroupCoordinator'> {
  findBroker(node: { nodeId: string }): Promise<GroupBroker>;
  findGroupCoordinator(group: { groupId: string }): Promise<GroupBroker>;
}

export interface KafkaConnection {
  readonly brokers: readonly string[];
  /** It numbers its records, so that what the client sends again on its own stands in the log once. */
  producer(): Producer;
  admin(): Admin;
  /** Connections of its own, since a broker answers one request of a connection after the other and a fetch waits. Not connected yet. */
  cluster(): KafkaCluster;
}

const connectMs = 3_000;
const requestMs = 6_000;

/** Throws a non-retryable EngineError of one line for files that cannot be read. Connects to nothing yet. */
export function createKafkaConnection(options: KafkaBusOptions): KafkaConnection {
  const { brokers, clientId, sasl } = options;
  const config: KafkaConfig = {
    brokers: [...brokers],
    clientId,
    connectionTimeout: connectMs,
    authenticationTimeout: requestMs,
    requestTimeout: requestMs,
    // What fails is told by whoever asked for it.
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 },
    ...(options.tls && { ssl: readTls(options.tls) }),
    ...(sasl && { sasl: { mechanism: sasl.mechanism, username: sasl.user, password: sasl.password } as KafkaConfig['sasl'] & object }),
  };
  registerCodecs();
  const kafka = new kafkajs.Kafka(config);
  return {
    brokers,
    producer: () => kafka.producer({ idempotent: true, allowAutoTopicCreation: false, metadataMaxAge: 30_000, createPartitioner: () => ({ message }) => message.partition! }),
    admin: () => kafka.admin(),
    cluster() {
      let own: Cluster | undefined;
      // A consumer makes its connections when it is made, and shows them to its assigners.
      kafka.consumer({ groupId: 'unused', allowAutoTopicCreation: false, metadataMaxAge: 30_000, partitionAssigners: [({ cluster }) => {
        own = cluster;
        return { name: 'unused', version: 1, assign: async () => [], protocol: () => ({ name: 'unused', metadata: Buffer.alloc(0) }) };
      }] });
      return own as unknown as KafkaCluster;
    },
  };
}

function readTls({ caFile, certFile, keyFile }: NonNullable<KafkaBusOptions['tls']>): KafkaConfig['ssl'] & object {
  return {
    ...(caFile !== undefined && { ca: [readPem('OPSLOOP_KAFKA_TLS_CA', caFile)] }),
    ...(certFile !== undefined && { cert: readPem('OPSLOOP_KAFKA_TLS_CERT', certFile) }),
    ...(keyFile !== undefined && { key: readPem('OPSLOOP_KAFKA_TLS_KEY', keyFile) }),
  };
}

function readPem(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new EngineError(`${setting}: the file ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)}): create it or mend its rights`, { retryable: false, cause: error });
  }
}
