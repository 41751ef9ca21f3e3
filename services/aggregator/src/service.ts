/** Aggregator: turns samples into windows, and keeps their history and its tiers. Read this file first. */
import { topics } from '@opsloop/contracts';
import { createPartitionWindows, createPolicySet, createWindowTools, decodePartitionWindows, earlyLimitsOf, readableWindowsFormats, windowsFormat, type PartitionWindows } from '@opsloop/domain';
import { followDefinitions, partGroup, statefulConsumer, type Part, type ServiceContext } from '@opsloop/runtime';
import { createHistoryWriter } from './history-writer.js';
import { createLogWatch } from './log-watch.js';
import { createRawRecordStep } from './on-raw-record.js';
import { createTierKeeper } from './tier-keeper.js';
import { createWindowMetrics } from './window-metrics.js';

/** The history writer is a group of its own, so that alarms never wait for history. */
export function createAggregator(context: ServiceContext): Part {
  const { settings } = context;
  const tools = createWindowTools({
    widthMs: settings.WINDOW_MS,
    graceMs: settings.GRACE_MS,
    latenessMs: settings.LATENESS_MS,
    idleMs: settings.IDLE_MS ?? 3 * settings.WINDOW_MS,
    // The collector counts series as they are sent; the catalogue may make two of one.
    maxSeries: 2 * settings.MAX_SERIES_PER_RESOURCE,
  });
  const metrics = createWindowMetrics(context);
  // Alarms that need not wait for the end of a window. Samples go on without it while policies cannot be read.
  const awaited = followDefinitions(context, { kind: 'Policy', what: 'awaited limits of policies', waits: false, onChange: (records) => (tools.early = earlyLimitsOf(createPolicySet(records))) });
  const windows = statefulConsumer<PartitionWindows>({
    context,
    topic: topics.raw.name,
    group: 'aggregator',
    formatVersion: windowsFormat,
    readableVersions: readableWindowsFormats,
    checkpointEveryMs: settings.CHECKPOINT_MS,
    create: () => createPartitionWindows(tools),
    encode: metrics.encodeMeasured,
    decode: (chunks) => decodePartitionWindows(chunks, tools),
    step: createRawRecordStep(),
    afterBatch: (state) => metrics.report(state),
  });
  return partGroup('aggregator', [createHistoryWriter(context), createTierKeeper(context), awaited, windows, createLogWatch(context), metrics.watch(() => windows.states())]);
}
