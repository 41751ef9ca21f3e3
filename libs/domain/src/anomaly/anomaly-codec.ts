import { anomalyModelBytes, bytesOf, countsOffset, createAnomalyModel, habitAt, hitsAt, mostTimes, setTimesFilled, type AnomalyModel } from './anomaly-model.js';

/** Raised when the meaning of a model's bytes changes. */
const anomalyModelFormat = 2;
/** Format 1 kept a byte for each count of a profile. */
const firstFormat = 1;
const firstBytes = countsOffset + habitAt + (anomalyModelBytes - countsOffset - hitsAt);

/** A model as bytes for a checkpoint: one of format, then the model as it lies in memory (little-endian). */
export function encodeAnomalyModel(model: AnomalyModel): Uint8Array {
  const bytes = new Uint8Array(1 + anomalyModelBytes);
  bytes[0] = anomalyModelFormat;
  bytes.set(bytesOf(model), 1);
  return bytes;
}

/** Reads format 1, too. Throws a RangeError for bytes of another format or length. */
export function decodeAnomalyModel(bytes: Uint8Array): AnomalyModel {
  const body = bytes.subarray(1);
  if (bytes[0] !== anomalyModelFormat && bytes[0] !== firstFormat) throw new RangeError(`an anomaly model of format ${anomalyModelFormat} or ${firstFormat} is expected, not ${String(bytes[0])}`);
  const isFirst = bytes[0] === firstFormat;
  const expected = isFirst ? firstBytes : anomalyModelBytes;
  if (body.length !== expected) throw new RangeError(`an anomaly model of format ${bytes[0]} has ${expected} bytes, not ${body.length}`);
  const model = createAnomalyModel();
  if (isFirst) takeFirst(model, body);
  else bytesOf(model).set(body);
  return model;
}

function takeFirst(model: AnomalyModel, body: Uint8Array): void {
  bytesOf(model).set(body.subarray(0, countsOffset));
  const counts = body.subarray(countsOffset);
  for (let bin = 0; bin < habitAt; bin++) setTimesFilled(model, bin, Math.min(mostTimes, counts[bin]!));
  model.counts.set(counts.subarray(habitAt), hitsAt);
}
