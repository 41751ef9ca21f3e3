/** What a member says of itself when it joins. */
export interface MemberClaim {
  readonly id: string;
  /** Partitions that it works on. */
  readonly owned: readonly number[];
  /** Partitions whose handlers have not ended yet: nobody may have them. */
  readonly releasing: readonly number[];
  /** It is about to stop and takes nothing. */
  readonly isLeaving: boolean;
}

/**
 * Even shares, in two steps: a partition that must move is first taken from its owner and given to nobody; when the
 * owner has let go of it and joins again, it goes to whoever has least. So partitions that stay are never paused, and none
 * has two owners. (The idea of Kafka's incremental cooperative rebalancing, KIP-429.)
 */
export function sharePartitions(partitions: number, members: readonly MemberClaim[]): Map<string, number[]> {
  const shares = new Map<string, number[]>(members.map(({ id }) => [id, []]));
  const staying = members.filter(({ isLeaving }) => !isLeaving);
  const taken = new Set<number>(members.flatMap(({ releasing, owned, isLeaving }) => (isLeaving ? [...owned, ...releasing] : releasing)));
  // Those with most may keep the odd ones, so that fewer move.
  const order = staying.toSorted((a, b) => b.owned.length - a.owned.length || (a.id < b.id ? -1 : 1));
  const quota = (index: number) => Math.floor(partitions / order.length) + (index < partitions % order.length ? 1 : 0);
  order.forEach(({ id, owned }, index) => {
    const share = shares.get(id)!;
    for (const partition of owned.toSorted((a, b) => a - b)) {
      if (partition >= partitions || taken.has(partition)) continue;
      taken.add(partition);
      if (share.length < quota(index)) share.push(partition);
    }
  });
  for (let partition = 0; partition < partitions; partition++) {
    if (taken.has(partition)) continue;
    const next = order.find(({ id }, index) => shares.get(id)!.length < quota(index));
    if (next) shares.get(next.id)!.push(partition);
  }
  return shares;
}
