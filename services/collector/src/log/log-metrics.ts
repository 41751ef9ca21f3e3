import type { OwnMetrics } from '@opsloop/runtime';
import type { Failure } from '../answer.js';

export interface LogMetrics {
  answered(result: Failure | 'gone' | { readonly accepted: number }): void;
  read(counts: LogCounts, bodyBytes: number): void;
}

export interface LogCounts {
  accepted: number;
  cut: number;
  readonly refused: Map<string, number>;
}

export function createLogMetrics(ownMetrics: OwnMetrics): LogMetrics {
  const requests = ownMetrics.counter('log_requests_total', 'requests with log records, by outcome', ['outcome']);
  const refused = ownMetrics.counter('log_refused_total', 'log records that were refused, by reason', ['reason']);
  const records = ownMetrics.counter('log_records_total', 'log records that were taken');
  const cut = ownMetrics.counter('log_cut_total', 'log records of which something was too long or too much to keep');
  const bytes = ownMetrics.counter('log_bytes_total', 'bytes of bodies with log records, after decompression');
  return {
    answered: (result) => requests.inc({ outcome: result === 'gone' ? 'gone' : 'accepted' in result ? 'taken' : result.code }),
    read(counts, bodyBytes) {
      bytes.inc(bodyBytes);
      records.inc(counts.accepted);
      cut.inc(counts.cut);
      for (const [reason, count] of counts.refused) refused.inc({ reason }, count);
    },
  };
}
