/** Ridge regression of a series on its own lags; several sets of lags are solved from one sum of products. */

/** Pull towards zero, in rows of a standardised series: weak, it only decides where the data does not. */
const ridge = 1;
/** Fewer rows than this fit noise. */
export const fewestRows = 60;
/** A path beyond so many standard deviations has left what the regression knows. */
const farthest = 8;

const rowsAtOnce = 4;

export interface LagProducts {
  readonly lags: readonly number[];
  readonly products: Float64Array;
  readonly mean: number;
  readonly scale: number;
  /** The standardised series, with room for the path. */
  readonly standard: Float64Array;
  readonly length: number;
}

/** Sums the products of all lags over the first `length` values; rows whose target was filled in are left out. `lags` ascend. */
export function sumProducts(values: Float64Array, isReal: Uint8Array, length: number, lags: readonly number[], ahead: number): LagProducts {
  const longest = lags.at(-1) ?? 0;
  const { mean, scale } = momentsOf(values, length);
  const standard = new Float64Array(length + ahead);
  for (let index = 0; index < length; index++) standard[index] = (values[index]! - mean) / scale;
  const size = lags.length + 2;
  const products = new Float64Array(size * size);
  const rows = new Float64Array(size * rowsAtOnce);
  let filled = 0;
  for (let index = longest; index < length; index++) {
    if (isReal[index] === 0) continue;
    const at = filled * size;
    for (let lag = 0; lag < size - 2; lag++) rows[at + lag] = standard[index - lags[lag]!]!;
    rows[at + size - 2] = 1;
    rows[at + size - 1] = standard[index]!;
    filled++;
    if (filled === rowsAtOnce) {
      addProducts(products, rows, size);
      filled = 0;
    }
  }
  rows.fill(0, filled * size);
  addProducts(products, rows, size);
  return { lags, products, mean, scale, standard, length };
}

/** Four rows at a time: each product is read and written once for all of them. */
function addProducts(products: Float64Array, rows: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    const first = rows[i]!;
    const second = rows[size + i]!;
    const third = rows[2 * size + i]!;
    const fourth = rows[3 * size + i]!;
    for (let j = 0; j <= i; j++) {
      const at = i * size + j;
      products[at] = products[at]! + first * rows[j]! + second * rows[size + j]! + third * rows[2 * size + j]! + fourth * rows[3 * size + j]!;
    }
  }
}

/** The path of the regression on the lags at `chosen` (indexes into all lags), written into `path`. */
export function followLags({ lags, products, mean, scale, standard, length }: LagProducts, chosen: readonly number[], path: Float64Array): void {
  const size = lags.length + 2;
  const terms = [...chosen, size - 2];
  const count = terms.length;
  const matrix = new Float64Array(count * count);
  const weights = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    weights[i] = products[(size - 1) * size + terms[i]!]!;
    for (let j = 0; j <= i; j++) matrix[i * count + j] = products[terms[i]! * size + terms[j]!]!;
    matrix[i * count + i]! += i < count - 1 ? ridge : 1e-3;
  }
  solveSymmetric(matrix, weights);
  const reach = chosen.map((index) => lags[index]!);
  for (let ahead = 0; ahead < path.length; ahead++) {
    let sum = weights[count - 1]!;
    for (let term = 0; term < reach.length; term++) sum += weights[term]! * standard[length + ahead - reach[term]!]!;
    standard[length + ahead] = Math.max(-farthest, Math.min(farthest, sum));
    path[ahead] = mean + scale * standard[length + ahead]!;
  }
}

function momentsOf(values: Float64Array, length: number): { mean: number; scale: number } {
  let mean = 0;
  for (let index = 0; index < length; index++) mean += values[index]! / length;
  let square = 0;
  for (let index = 0; index < length; index++) square += (values[index]! - mean) ** 2 / length;
  return { mean, scale: Math.sqrt(square) || 1 };
}

/** Cholesky, in place; only the lower half of the matrix is read. `right` becomes the solution. */
function solveSymmetric(matrix: Float64Array, right: Float64Array): void {
  const size = right.length;
  for (let j = 0; j < size; j++) {
    for (let k = 0; k < j; k++) {
      const factor = matrix[j * size + k]!;
      for (let i = j; i < size; i++) matrix[i * size + j]! -= matrix[i * size + k]! * factor;
    }
    const root = Math.sqrt(Math.max(matrix[j * size + j]!, 1e-12));
    for (let i = j; i < size; i++) matrix[i * size + j]! /= root;
  }
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) right[i]! -= matrix[i * size + k]! * right[k]!;
    right[i]! /= matrix[i * size + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) right[i]! -= matrix[k * size + i]! * right[k]!;
    right[i]! /= matrix[i * size + i]!;
  }
}
