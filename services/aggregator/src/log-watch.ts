/** logs.raw: log lines become templates, their counts become samples, and what is new or surging becomes an event. */
import { logBatchSchema, topics, type LogChangeEvent } from '@opsloop/contracts';
import { createPartitionLogs, decodePartitionLogs, encodePartitionLogs, partitionLogsFormat, readablePartitionLogs, stepLogBatch, stepLogTick, type LogChange, type LogOutputs, type PartitionLogs } from '@opsloop/domain';
import { decodeEvent, encodeEvent, statefulConsumer, type Emit, type Part, type ServiceContext } from '@opsloop/runtime';
import { encodeRawBatch } from '@opsloop/wire';

/**
 * Counts go to metrics.raw and are samples like any other from there on: windows, history, policies. After a crash they
 * are emitted again with the same content, which counts once, and events again with the same id.
 */
export function createLogWatch(context: ServiceContext): Part {
  const { settings, ownMetrics } = context;
  const lines = ownMetrics.counter('log_watch_lines_total', 'Log lines that were read, those that came again included');
  const repeated = ownMetrics.counter('log_watch_repeated_lines_total', 'Log lines of batches that had come before, which were not counted again');
  const forgotten = ownMetrics.counter('log_watch_forgotten_streams_total', 'Logs that were forgotten: silent for a day, or too many');
  const changes = ownMetrics.counter('log_watch_changes_total', 'Templates that appeared or surged', ['kind']);

  function outputsTo(emit: Emit, state: PartitionLogs, partition: number): LogOutputs {
    return {
      // Partition n of both topics holds the same resources.
      counts: (batch) => emit(topics.raw.name, { key: `${batch.resource.tenant}/${batch.resource.id}`, value: encodeRawBatch(batch), partition, arrivalMs: state.clockMs }),
      change(change) {
        changes.inc({ kind: change.kind });
        emit(topics.logChanges.name, { key: `${change.resource.tenant}/${change.resource.id}`, value: encodeEvent(toEvent(change)) });
      },
    };
  }

  return statefulConsumer<PartitionLogs>({
    context,
    topic: topics.logs.name,
    group: 'log-watch',
    formatVersion: partitionLogsFormat,
    readableVersions: readablePartitionLogs,
    checkpointEveryMs: settings.CHECKPOINT_MS,
    create: () => createPartitionLogs(settings.WINDOW_MS),
    encode: encodePartitionLogs,
    decode: (chunks) => decodePartitionLogs(chunks, settings.WINDOW_MS),
    step(state, record, emit, partition) {
      const outputs = outputsTo(emit, state, partition);
      if (record.value.byteLength === 0) stepLogTick(state, record.arrivalMs, outputs);
      else stepLogBatch(state, decodeEvent(logBatchSchema, record.value), record.arrivalMs, outputs);
    },
    afterBatch({ stats }) {
      lines.inc(stats.lines);
      repeated.inc(stats.repeated);
      forgotten.inc(stats.forgotten);
      stats.lines = stats.repeated = stats.forgotten = 0;
    },
    faultPrefix: 'log-watch',
  });
}

function toEvent({ templateId, resource, kind, ...change }: LogChange): LogChangeEvent {
  return {
    specversion: '1.0',
    id: `${resource.tenant}/${resource.id}/${change.service}/${templateId}/${kind}/${change.atMs}`,
    source: '/opsloop/aggregator',
    type: kind === 'appeared' ? 'log.template-appeared' : 'log.template-surged',
    subject: resource.id,
    time: new Date(change.atMs).toISOString(),
    datacontenttype: 'application/json',
    data: { tenant: resource.tenant, resource, kind, ...change },
  };
}
