import type { Clock } from '@opsloop/ports';

/** How to reach Kafka and what to create there; one field for each OPSLOOP_KAFKA_ setting. */
export interface KafkaBusOptions {
  /** `host:port` each. OPSLOOP_KAFKA_BROKERS */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** In front of the names of topics and groups. */
  readonly prefix: string;
  /** Copies of the topics that are created. All of them but one must have a record before it counts as durable. */
  readonly replication: number;
  /** Of the topics that are created; Infinity: for ever. */
  readonly retentionMs: number;
  /** Silence after which a member loses its partitions. */
  readonly sessionMs: number;
  /** Paths of PEM files. Undefined: plain text. */
  readonly tls?: { readonly caFile?: string | undefined; readonly certFile?: string | undefined; readonly keyFile?: string | undefined } | undefined;
  readonly sasl?: { readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; readonly user: string; readonly password: string } | undefined;
  readonly clock: Clock;
  /** A record that is not acknowledged by then is refused, to be sent again; default 10 s. */
  readonly publishMs?: number;
  /** Bytes that may wait to be sent; more are refused, and the edge is pushed back. Default 64 MiB. */
  readonly waitingBytesAtMost?: number;
  /** Told once when records cannot be published, and once when they can again. */
  readonly onTrouble?: (error: Error | undefined) => void;
  /** Told of handlers and followers that fail, and of what the client mends by itself. */
  readonly onHandlerFailure?: (message: string, error: unknown) => void;
}

/** What has happened since the start, for own metrics. */
export interface KafkaBusCounts {
  /** Clients of groups and followers that failed for so long that they were replaced by new ones. */
  clientRestarts: number;
  /** Records that no group or follower will read: retention took them away before, a log lost them at its end, or they cannot be decompressed. */
  lostRecords: number;
  /** Produce requests, and the records in them. */
  produceRequests: number;
  publishedRecords: number;
}
