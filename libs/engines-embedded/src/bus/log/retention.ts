import { topics } from '@opsloop/contracts';

export interface Retention {
  /** Rows are kept at least this long, for readers without a group; 0: no longer than the groups need. */
  readonly keepMs: number;
  /** Nothing is deleted before the first group has joined. */
  readonly needsGroup: boolean;
}

const dayMs = 86_400_000;
const measured: readonly string[] = [topics.raw.name, topics.window.name];

/** How long a topic is kept beyond what its groups need: a day of events for live streams, a month of dead letters. */
export function retentionOf(topic: string): Retention {
  if (topic.endsWith('.dlq')) return { keepMs: 30 * dayMs, needsGroup: false };
  return measured.includes(topic) ? { keepMs: 0, needsGroup: true } : { keepMs: dayMs, needsGroup: false };
}

/** A group that nobody joined in this time of running is forgotten: a renamed one would hold the log for ever. */
export const groupForgottenAfterMs = dayMs;
