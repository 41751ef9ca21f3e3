import type { WindowBatch } from '@opsloop/contracts';
import { buildDictionary, type SeriesName } from './build-dictionary.js';
import { buildResource } from './build-resource.js';

export interface BuiltWindow extends SeriesName {
  /** The values that went into the window, in the order of their times. */
  readonly values: readonly number[];
}

/** A window batch of 10 s at `startMs`, one window a series, computed from the values. */
export function buildWindowBatch({ windows, ...rest }: Partial<WindowBatch> & { readonly windows: readonly BuiltWindow[] }): WindowBatch {
  const startMs = rest.startMs ?? 0;
  const widthMs = rest.widthMs ?? 10_000;
  const column = (of: (values: readonly number[]) => number) => Float64Array.from(windows, ({ values }) => of(values));
  return {
    resource: buildResource(),
    attributes: {},
    source: 'test',
    dictionary: buildDictionary(windows),
    startMs,
    widthMs,
    revision: 1,
    correction: false,
    closedToMs: startMs + widthMs,
    slots: undefined,
    count: column((values) => values.length),
    sum: column((values) => values.reduce((sum, value) => sum + value, 0)),
    min: column((values) => Math.min(...values)),
    max: column((values) => Math.max(...values)),
    last: column((values) => values.at(-1) ?? Number.NaN),
    lastTimeMs: column(() => startMs + widthMs - 1),
    ...rest,
  };
}
