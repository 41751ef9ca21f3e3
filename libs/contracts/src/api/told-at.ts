/** What of an alarm's answer says when it opened. */
interface OpenedAlarm {
  readonly openedAt: string;
  readonly trace: { readonly judged: string };
  readonly timeline: readonly { readonly at: string; readonly what: string }[];
}

const openings = ['alarm.opened', 'alarm.no-data'];

/**
 * Where an entry of an alarm's timeline stands among the others, ISO 8601. An opening is dated by the end of its window, and
 * decided earlier, by one sample, or a little later: what followed from it followed from the decision.
 */
export function toldAt({ openedAt, trace, timeline }: OpenedAlarm, { at, what }: { readonly at: string; readonly what: string }): string {
  if (at !== openedAt || !openings.includes(what)) return at;
  // Of replayed history everything was decided at once: only the official times tell the order.
  const isReplayed = timeline.some((other) => other.what.startsWith('alarm.') && other.at > at && other.at < trace.judged);
  return isReplayed ? at : trace.judged;
}
