import type { Forecaster } from './forecaster.js';
import { layoutCells } from './forecaster-layout.js';

/** Raised when the layout or the meaning of a cell changes: snapshots of another version are not read, their series are seeded from history. */
export const forecasterFormat = 1;

const headBytes = 4;

/** A snapshot of 4 bytes of format and the cells, little-endian as every machine that Node runs on writes them. */
export function encodeForecaster({ cells }: Forecaster): Uint8Array {
  const bytes = new Uint8Array(headBytes + cells.byteLength);
  new DataView(bytes.buffer).setUint32(0, forecasterFormat, true);
  bytes.set(new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength), headBytes);
  return bytes;
}

/** Undefined for a snapshot of another format. Throws a RangeError when the bytes are no snapshot of this one. */
export function decodeForecaster(bytes: Uint8Array): Forecaster | undefined {
  if (bytes.byteLength < headBytes) throw new RangeError(`a forecaster of ${bytes.byteLength} bytes: it has at least ${headBytes}`);
  const format = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (format !== forecasterFormat) return undefined;
  const expected = headBytes + layoutCells * 8;
  if (bytes.byteLength !== expected) throw new RangeError(`a forecaster of ${bytes.byteLength} bytes: format ${format} has ${expected}`);
  const cells = new Float64Array(layoutCells);
  new Uint8Array(cells.buffer).set(bytes.subarray(headBytes));
  return { cells };
}
