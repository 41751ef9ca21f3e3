/** One record of metrics.raw: a tick moves the arrival clock, anything else is a batch of samples. */
import { topics, type WindowBatch } from '@opsloop/contracts';
import { stepBatch, stepTick, type PartitionWindows } from '@opsloop/domain';
import type { BusRecord } from '@opsloop/ports';
import type { Emit } from '@opsloop/runtime';
import { createRawBatchDecoder, encodeWindowBatch } from '@opsloop/wire';

/** Windows and ticks go to the window partition of the same number, dated by the arrival clock of the raw one. */
export function createRawRecordStep(): (state: PartitionWindows, record: BusRecord, emit: Emit, partition: number) => void {
  const decoder = createRawBatchDecoder();
  return (state, record, emit, partition) => {
    const emitWindows = (batch: WindowBatch): void => {
      emit(topics.window.name, { key: `${batch.resource.tenant}/${batch.resource.id}`, value: encodeWindowBatch(batch), partition, arrivalMs: state.clockMs });
    };
    if (record.value.byteLength > 0) return stepBatch(state, decoder.decode(record.value), record, emitWindows);
    stepTick(state, record.arrivalMs, emitWindows);
    emit(topics.window.name, { key: record.key, value: record.value, partition, arrivalMs: state.clockMs });
  };
}
