import { anomalyModelBytes, bytesOf, createAnomalyModel, type AnomalyModel } from './anomaly-model.js';

/** Raised when the meaning of a model's bytes changes: bytes of another version are not read. */
const anomalyModelFormat = 1;

/** A model as bytes for a checkpoint: one of format, then the model as it lies in memory (little-endian). */
export function encodeAnomalyModel(model: AnomalyModel): Uint8Array {
  const bytes = new Uint8Array(1 + anomalyModelBytes);
  bytes[0] = anomalyModelFormat;
  bytes.set(bytesOf(model), 1);
  return bytes;
}

/** Throws a RangeError for bytes of another format or length. */
export function decodeAnomalyModel(bytes: Uint8Array): AnomalyModel {
  if (bytes[0] !== anomalyModelFormat) throw new RangeError(`an anomaly model of format ${anomalyModelFormat} is expected, not ${String(bytes[0])}`);
  return createAnomalyModel(bytes.slice(1));
}
