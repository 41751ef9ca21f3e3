/** For tests: a partition that is sent samples and tells what it emits in few words. */
import type { RawBatch, WindowBatch } from '@opsloop/contracts';
import { buildRawBatch, type BuiltSample } from '@opsloop/testing';
import { decodePartitionWindows, encodePartitionWindows } from './partition-windows-codec.js';
import { createPartitionWindows, stepBatch, stepTick } from './partition-windows.js';
import { seriesText } from './series-text.js';
import { createWindowTools } from './window-tools.js';

/** A partition whose windows are written down as `series@start: count sum min max last@time`. */
export function createLab(overrides: { maxSeries?: number; latenessMs?: number } = {}) {
  const settings = { widthMs: 10_000, graceMs: 2_000, latenessMs: 60_000, idleMs: 30_000, maxSeries: 1_000, ...overrides };
  let state = createPartitionWindows(createWindowTools(settings));
  let seen: (Pick<WindowBatch, 'source' | 'startMs' | 'revision' | 'correction' | 'closedToMs' | 'attributes' | 'dictionary' | 'resource'> & { windows: string[] })[] = [];
  let position = 0;
  function emit({ dictionary, slots, count, sum, min, max, last, lastTimeMs, ...rest }: WindowBatch): void {
    const windows = [...count].map((n, i) => {
      const slot = slots ? slots[i]! : i;
      return `${seriesText(dictionary.metrics[dictionary.metricOf[slot]!]!, dictionary.labelSets[dictionary.labelsOf[slot]!]!)}@${rest.startMs / 1000}: ${n} ${sum[i]} ${min[i]} ${max[i]} ${last[i]}@${lastTimeMs[i]! / 1000}`;
    });
    seen.push({ ...rest, dictionary, windows });
  }
  const lab = {
    get state() {
      return state;
    },
    /** Takes what was emitted since the last call. */
    take() {
      const taken = seen;
      seen = [];
      return taken;
    },
    windows: () => lab.take().flatMap(({ windows }) => windows),
    send(samples: readonly (BuiltSample | [metric: string, timeS: number, value: number])[], { arrivalS, ...parts }: Omit<Partial<RawBatch>, 'contentHash'> & { arrivalS?: number } = {}) {
      const built = samples.map((one) => (Array.isArray(one) ? { metric: one[0], timeMs: one[1] * 1000, value: one[2] } : one));
      const newestMs = Math.max(...built.map(({ timeMs }) => timeMs));
      stepBatch(state, buildRawBatch({ samples: built, ...parts }), { position: ++position, arrivalMs: arrivalS === undefined ? newestMs : arrivalS * 1000 }, emit);
      return lab;
    },
    tick(arrivalS: number) {
      stepTick(state, arrivalS * 1000, emit);
      return lab;
    },
    restart() {
      state = decodePartitionWindows([...encodePartitionWindows(state)], createWindowTools(settings));
      return lab;
    },
  };
  return lab;
}
