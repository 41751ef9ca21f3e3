/**
 * What a reader of Kafka holds of one partition at most, in bytes of values: `batch` with its handler, `waiting` read ahead,
 * and behind each of them one answer that is used in part. So 3 MiB, and 48 MiB for all 16 partitions of the largest
 * topics, beside one request on its way from each broker. A single record above a limit comes alone.
 */
export const readLimits = {
  batchRecords: 1_000,
  batchBytes: 2 ** 20,
  waitingRecords: 2_000,
  waitingBytes: 2 ** 20,
  /** Of one partition in one answer of a broker. */
  answerBytes: 2 ** 19,
  /** Of one answer of a broker. */
  requestBytes: 8 * 2 ** 20,
} as const;
