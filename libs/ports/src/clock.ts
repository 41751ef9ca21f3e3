/** Time as services see it. Decisions never read it: they get times as arguments. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. For arrival stamps, leases and channel deadlines only. */
  now(): number;
  /** Monotonic clock, milliseconds from an arbitrary origin. For durations and deadlines inside one process. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; it never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
