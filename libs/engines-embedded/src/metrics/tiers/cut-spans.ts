/** Starts from the first to the last. */
export interface StartSpan {
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Cuts ascending starts, with so many rows each, into spans of fewer than `atMost` rows; a start that has as many is a span of its own. */
export function cutSpans(startsMs: Float64Array, rows: Float64Array, atMost: number): StartSpan[] {
  const spans: StartSpan[] = [];
  let first = 0;
  let sum = 0;
  startsMs.forEach((startMs, at) => {
    if (at > first && sum + rows[at]! >= atMost) {
      spans.push({ firstMs: startsMs[first]!, lastMs: startsMs[at - 1]! });
      first = at;
      sum = 0;
    }
    sum += rows[at]!;
    if (at === startsMs.length - 1) spans.push({ firstMs: startsMs[first]!, lastMs: startMs });
  });
  return spans;
}
