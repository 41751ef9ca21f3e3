import type { ContentHash, RawBatch, SampleRow, SeriesDictionary } from '@opsloop/contracts';
import { hashOwner } from './build-batch.js';
import { ContentHasher } from './content-hash.js';
import { hashSeries } from './series-table.js';

interface SeriesHashes {
  readonly lows: Int32Array;
  readonly highs: Int32Array;
}

const known = new WeakMap<SeriesDictionary, SeriesHashes>();
const hasher = new ContentHasher();

/** The content hash of a batch that holds one of the rows of this batch and nothing else. */
export function hashRow({ resource, source, dictionary }: RawBatch, { timeMs, slots, values }: SampleRow): ContentHash {
  const { lows, highs } = hashesOf(dictionary);
  const owner = hashOwner(resource.id, source);
  hasher.reset(owner.low, owner.high);
  hasher.addRow(timeMs, lows, highs, slots, values);
  return hasher.words();
}

function hashesOf(dictionary: SeriesDictionary): SeriesHashes {
  const found = known.get(dictionary);
  if (found) return found;
  const { size, metrics, labelSets, metricOf, labelsOf } = dictionary;
  const labelTexts = labelSets.map((labels) => JSON.stringify(labels));
  const made = { lows: new Int32Array(size), highs: new Int32Array(size) };
  for (let slot = 0; slot < size; slot++) {
    const { low, high } = hashSeries(metrics[metricOf[slot]!]!, labelTexts[labelsOf[slot]!]!);
    made.lows[slot] = low;
    made.highs[slot] = high;
  }
  known.set(dictionary, made);
  return made;
}
