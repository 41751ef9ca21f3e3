import type { OwnMetrics } from '@opsloop/runtime';
import type { Failure } from './answer.js';
import type { OpenRequest } from './intake.js';

export interface IntakeMetrics {
  scanned(scan: OpenRequest['scan'], bodyBytes: number): void;
  answered(result: Failure | 'taken' | 'gone', tookMs: number): void;
  /** Hands on what was counted. Call it about once a second. */
  flush(series: number): void;
}

/** Counts in plain numbers, since a labelled counter would cost more than scanning a line. */
export function createIntakeMetrics(ownMetrics: OwnMetrics): IntakeMetrics {
  const requests = ownMetrics.counter('intake_requests_total', 'write requests, by outcome', ['outcome']);
  const refused = ownMetrics.counter('intake_refused_total', 'lines and fields that were refused, by reason', ['reason']);
  const bytes = ownMetrics.counter('intake_bytes_total', 'bytes of bodies, after decompression');
  const lines = ownMetrics.counter('intake_lines_total', 'lines that were read');
  const samples = ownMetrics.counter('intake_samples_total', 'samples that were taken');
  const rounded = ownMetrics.counter('intake_rounded_total', 'integers above 2^53 that lost digits');
  const seriesKnown = ownMetrics.gauge('intake_series', 'series that count towards the limits');
  const seconds = ownMetrics.histogram('intake_request_seconds', 'time from the head of a request to its answer');

  const outcomes = new Map<string, number>();
  const reasons = new Map<string, number>();
  const sums = { bytes: 0, lines: 0, samples: 0, rounded: 0 };

  return {
    scanned(scan, bodyBytes) {
      sums.bytes += bodyBytes;
      sums.lines += scan.lines;
      sums.samples += scan.samples;
      sums.rounded += scan.rounded;
      for (const [reason, count] of scan.refused ?? []) reasons.set(reason, (reasons.get(reason) ?? 0) + count);
    },
    answered(result, tookMs) {
      const outcome = typeof result === 'string' ? result : result.code;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      seconds.observe(tookMs / 1000);
    },
    flush(series) {
      for (const [outcome, count] of outcomes) requests.inc({ outcome }, count);
      for (const [reason, count] of reasons) refused.inc({ reason }, count);
      outcomes.clear();
      reasons.clear();
      bytes.inc(sums.bytes);
      lines.inc(sums.lines);
      samples.inc(sums.samples);
      rounded.inc(sums.rounded);
      Object.assign(sums, { bytes: 0, lines: 0, samples: 0, rounded: 0 });
      seriesKnown.set(series);
    },
  };
}
