/** Windows: the state of each raw partition, stepped over its records, emitted on the window partition of the same number. */
import { tickKey, topics, type WindowBatch } from '@opsloop/contracts';
import { createPartitionWindows, createWindowTools, decodePartitionWindows, encodePartitionWindows, stepBatch, stepTick, type PartitionWindows, type WindowSettings } from '@opsloop/domain';
import { statefulConsumer, type Part, type ServiceContext } from '@opsloop/runtime';
import { createRawBatchDecoder, encodeWindowBatch } from '@opsloop/wire';
import { createWindowMetrics } from './window-metrics.js';

const formatVersion = 1;
const defaultIdleWindows = 3;
const noValue = new Uint8Array(0);

export function createWindows(context: ServiceContext): Part {
  const { settings } = context;
  const windowSettings: WindowSettings = {
    widthMs: settings.WINDOW_MS,
    graceMs: settings.GRACE_MS,
    latenessMs: settings.LATENESS_MS,
    idleMs: settings.IDLE_MS ?? defaultIdleWindows * settings.WINDOW_MS,
    maxSeries: settings.MAX_SERIES_PER_RESOURCE,
  };
  const tools = createWindowTools(windowSettings);
  const decoder = createRawBatchDecoder();
  const metrics = createWindowMetrics(context);
  const { name } = topics.window;

  return statefulConsumer<PartitionWindows>({
    context,
    topic: topics.raw.name,
    group: 'aggregator',
    formatVersion,
    checkpointEveryMs: settings.CHECKPOINT_MS,
    create: () => createPartitionWindows(tools),
    encode: encodePartitionWindows,
    decode: (chunks) => decodePartitionWindows(chunks, tools),
    step(state, { key, value, position, arrivalMs }, emit, partition) {
      const emitWindow = (batch: WindowBatch): void => emit(name, { key: `${batch.resource.tenant}/${batch.resource.id}`, value: encodeWindowBatch(batch), partition, arrivalMs: state.clockMs });
      if (key !== tickKey) return stepBatch(state, decoder.decode(value), { position, arrivalMs }, emitWindow);
      stepTick(state, arrivalMs, emitWindow);
      emit(name, { key: tickKey, value: noValue, partition, arrivalMs: state.clockMs });
    },
    afterBatch: (state) => metrics.count(state.stats),
  });
}
