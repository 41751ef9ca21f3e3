import type { Bus, OutgoingRecord } from '@opsloop/ports';

/** What is published at once stays below what every bus takes. */
export const sliceBytes = 8 * 2 ** 20;
/** Of a record besides its key and value, at most. */
const frameBytes = 64;

/**
 * Publishes what one body became, however much; resolves when all of it is stored. When it fails half-way, the body is
 * sent again, and what was stored of it is known by its content.
 */
export async function publishInSlices(bus: Bus, topic: string, records: readonly OutgoingRecord[]): Promise<void> {
  let from = 0;
  let bytes = 0;
  for (const [i, { key, value }] of records.entries()) {
    const size = value.length + key.length + frameBytes;
    if (bytes + size > sliceBytes && i > from) {
      await bus.publish(topic, records.slice(from, i));
      from = i;
      bytes = 0;
    }
    bytes += size;
  }
  if (from < records.length) await bus.publish(topic, from === 0 ? records : records.slice(from));
}
