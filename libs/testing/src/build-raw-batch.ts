import { createHash } from 'node:crypto';
import { toContentHash, type RawBatch } from '@opsloop/contracts';
import { buildDictionary, type SeriesName } from './build-dictionary.js';
import { buildResource } from './build-resource.js';

export interface BuiltSample extends SeriesName {
  readonly timeMs: number;
  readonly value: number;
}

export interface BatchToBuild extends Omit<Partial<RawBatch>, 'contentHash'> {
  /** The hash is made of this text; left out: of the content. */
  readonly contentHash?: string;
  readonly samples: readonly BuiltSample[];
}

/** A raw batch that holds these samples; of two for one series and time, the later one stays. */
export function buildRawBatch({ samples, contentHash, ...rest }: BatchToBuild): RawBatch {
  const nameOf = ({ metric, labels = {} }: SeriesName) => JSON.stringify([metric, labels]);
  const names = [...new Map(samples.map((sample) => [nameOf(sample), sample])).keys()];
  const dictionary = buildDictionary(names.map((name) => toSeries(name)));
  const times = [...new Set(samples.map(({ timeMs }) => timeMs))].toSorted((a, b) => a - b);
  const rows = times.map((timeMs) => {
    const values = new Map(samples.filter((one) => one.timeMs === timeMs).map((one) => [names.indexOf(nameOf(one)), one.value]));
    const slots = [...values.keys()].toSorted((a, b) => a - b);
    return { timeMs, slots: slots.length === names.length ? undefined : Uint32Array.from(slots), values: Float64Array.from(slots, (slot) => values.get(slot)!) };
  });
  const resource = rest.resource ?? buildResource();
  const source = rest.source ?? 'test';
  const hashed = contentHash ?? JSON.stringify([resource.id, source, names, rows.map(({ timeMs, slots, values }) => [timeMs, [...(slots ?? [])], [...values]])]);
  return { resource, attributes: {}, source, contentHash: toContentHash(createHash('sha256').update(hashed).digest('hex')), dictionary, rows, ...rest };
}

function toSeries(name: string): SeriesName {
  const [metric, labels] = JSON.parse(name) as [string, Record<string, string>];
  return { metric, labels };
}
