/** What of an alarm says when it opened. */
export interface OpenedAlarm {
  readonly openedAt: string;
  readonly trace: { readonly judged: string };
}

/** Since when an alarm is open. One that a sample decided is dated by the end of its window, which may be still to come. */
export function openedSince({ openedAt, trace }: OpenedAlarm): string {
  return openedAt < trace.judged ? openedAt : trace.judged;
}
