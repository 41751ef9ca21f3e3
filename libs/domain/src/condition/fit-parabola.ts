/**
 * Least squares through points: a line (order 1), or a parabola (order 2), fitted around the middle of the times and from
 * the first value, so that large timestamps and values cost no digits and what stays the same has no slope at all.
 * `slope` is the first derivative at the middle, `curvature` the factor of t squared, per ms and ms². Normal equations as in
 * Draper & Smith, Applied Regression Analysis, chapter 1 and 12.
 */
export function fitParabola(timesMs: readonly number[], values: readonly number[], order: 1 | 2): { readonly slope: number; readonly curvature: number } {
  const n = values.length;
  const middle = (timesMs[0]! + timesMs[n - 1]!) / 2;
  const span = (timesMs[n - 1]! - timesMs[0]!) / 2;
  if (n < 2 || span === 0) return { slope: 0, curvature: 0 };
  let [s1, s2, s3, s4, y0, y1, y2] = [0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const t = (timesMs[i]! - middle) / span;
    const value = values[i]! - values[0]!;
    s1 += t;
    s2 += t * t;
    s3 += t * t * t;
    s4 += t * t * t * t;
    y0 += value;
    y1 += t * value;
    y2 += t * t * value;
  }
  const line = (n * y1 - s1 * y0) / (n * s2 - s1 * s1);
  if (order === 1 || n < 3) return { slope: line / span, curvature: 0 };
  // Cramer's rule on [n s1 s2; s1 s2 s3; s2 s3 s4] x [a b c] = [y0 y1 y2].
  const determinant = n * (s2 * s4 - s3 * s3) - s1 * (s1 * s4 - s3 * s2) + s2 * (s1 * s3 - s2 * s2);
  const b = (n * (y1 * s4 - s3 * y2) - y0 * (s1 * s4 - s3 * s2) + s2 * (s1 * y2 - y1 * s2)) / determinant;
  const c = (n * (s2 * y2 - y1 * s3) - s1 * (s1 * y2 - y1 * s2) + y0 * (s1 * s3 - s2 * s2)) / determinant;
  return { slope: b / span, curvature: c / (span * span) };
}
