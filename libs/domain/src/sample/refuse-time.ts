import type { Refusal } from './refusal.js';

const maxAheadMs = 3_600_000;

/**
 * Whether a sample's event time lies outside what is taken: more than 1 h ahead of its arrival, or older than base
 * windows are kept (`retentionMs`, Infinity for ever). Times in ms since the epoch.
 */
export function refuseTime(timeMs: number, arrivalMs: number, retentionMs: number): Refusal | undefined {
  if (timeMs > arrivalMs + maxAheadMs) return { reason: 'ahead', message: `the timestamp ${shown(timeMs)} is more than 1 h ahead of its arrival: check the sender's clock and the precision` };
  if (timeMs < arrivalMs - retentionMs) return { reason: 'old', message: `the timestamp ${shown(timeMs)} is older than what is kept (OPSLOOP_RETENTION_RAW): check the precision, or raise the setting` };
  return undefined;
}

function shown(timeMs: number): string {
  return Math.abs(timeMs) <= 8.64e15 ? new Date(timeMs).toISOString() : `${timeMs} ms`;
}
