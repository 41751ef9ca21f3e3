import { EngineError } from '@opsloop/ports';

/** What can be seen of an error of kafkajs without knowing its class. */
export interface KafkaFailure extends Error {
  /** The broker's answer, for example REBALANCE_IN_PROGRESS. */
  readonly type?: string;
  readonly code?: string | number;
  readonly retriable?: boolean;
  readonly topic?: string;
  readonly partition?: number;
}

/** The error at the bottom: kafkajs wraps it once for each layer that tried again. */
export function failureOf(error: unknown): KafkaFailure {
  let failure = error instanceof Error ? error : new Error(String(error));
  while (failure.cause instanceof Error) failure = failure.cause;
  return failure;
}

/** Answers by which a broker says that this very request can never succeed. */
const hopeless = new Set([
  'MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_TOPIC_EXCEPTION', 'INVALID_RECORD', 'INVALID_TIMESTAMP', 'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'CORRUPT_MESSAGE', 'INVALID_REQUIRED_ACKS', 'UNSUPPORTED_COMPRESSION_TYPE', 'POLICY_VIOLATION',
]);

/**
 * The port's error for what a client of Kafka threw. Everything that an operator or time can mend is retryable: brokers
 * that are down, leaders that move, rights that are missing.
 */
export function toEngineError(what: string, error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const failure = failureOf(error);
  const retryable = !hopeless.has(failure.type ?? '');
  return new EngineError(`${what}: ${failure.message}`, { retryable, cause: error });
}
