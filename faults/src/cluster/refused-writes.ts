/** Late writes of a process whose partitions or runs another has taken over, by what was refused; counted since its start. */
export interface RefusedWrites {
  readonly snapshots: number;
  readonly results: number;
  readonly renewals: number;
}

const counters: Readonly<Record<keyof RefusedWrites, string>> = { snapshots: 'opsloop_checkpoints_refused_total', results: 'opsloop_run_writes_refused_total', renewals: 'opsloop_lease_renewals_refused_total' };

/** From the text that a service answers on /metrics. */
export function readRefusedWrites(metrics: string): RefusedWrites {
  const valueOf = (name: string): number => [...metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)$`, 'gm'))].reduce((sum, match) => sum + Number(match[1]), 0);
  return { snapshots: valueOf(counters.snapshots), results: valueOf(counters.results), renewals: valueOf(counters.renewals) };
}

export function sumOf({ snapshots, results, renewals }: RefusedWrites): number {
  return snapshots + results + renewals;
}

/** What came between the two readings. */
export function refusedBetween(before: RefusedWrites, after: RefusedWrites): RefusedWrites {
  return { snapshots: after.snapshots - before.snapshots, results: after.results - before.results, renewals: after.renewals - before.renewals };
}

/** `2 (1 result, 1 renewal)`, or `0`. */
export function tellRefused(refused: RefusedWrites): string {
  const parts = [['snapshot', refused.snapshots], ['result', refused.results], ['renewal', refused.renewals]] as const;
  const told = parts.filter(([, count]) => count > 0).map(([name, count]) => `${count} ${name}${count === 1 ? '' : 's'}`).join(', ');
  return `${sumOf(refused)}${told && ` (${told})`}`;
}
