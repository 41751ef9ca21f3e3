/** The few independent lines that real answers are held against. */

export interface Bucket {
  count: number;
  sum: number;
  min: number;
  max: number;
  last: number;
}

/** Buckets of `stepMs`, aligned to the epoch. */
export function bucketsOf(points: readonly (readonly [number, number])[], stepMs: number): Map<number, Bucket> {
  const buckets = new Map<number, Bucket>();
  for (const [timeMs, value] of points) {
    const startMs = Math.floor(timeMs / stepMs) * stepMs;
    const bucket = buckets.get(startMs);
    if (!bucket) buckets.set(startMs, { count: 1, sum: value, min: value, max: value, last: value });
    else Object.assign(bucket, { count: bucket.count + 1, sum: bucket.sum + value, min: Math.min(bucket.min, value), max: Math.max(bucket.max, value), last: value });
  }
  return buckets;
}

export interface Episode {
  pendingSince: number;
  openedAt: number;
  resolvedAt: number | undefined;
}

/** When a policy "AVG of a window > limit, held for holdMs" opens and closes. A window is judged where there is one. */
export function episodesOf(points: readonly (readonly [number, number])[], { windowMs, limit, holdMs }: { windowMs: number; limit: number; holdMs: number }): Episode[] {
  const episodes: Episode[] = [];
  let pending: number | undefined;
  let open: Episode | undefined;
  for (const [startMs, { sum, count }] of [...bucketsOf(points, windowMs)].toSorted(([a], [b]) => a - b)) {
    const endMs = startMs + windowMs;
    if (sum / count > limit) {
      pending ??= startMs;
      if (!open && endMs - pending >= holdMs) episodes.push((open = { pendingSince: pending, openedAt: endMs, resolvedAt: undefined }));
    } else {
      pending = undefined;
      if (open) open.resolvedAt = endMs;
      open = undefined;
    }
  }
  return episodes;
}

/** The value that `share` of the points are below. */
export function quantileOf(points: readonly (readonly [number, number])[], share: number): number {
  const values = points.map(([, value]) => value).toSorted((a, b) => a - b);
  return values[Math.floor(share * (values.length - 1))]!;
}
