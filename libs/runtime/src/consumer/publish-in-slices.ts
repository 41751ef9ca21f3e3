import type { OutgoingRecord } from '@opsloop/ports';

/** Of one call of publish: a log refuses more than it can commit at once, and others shall get their turn. */
export const publishSliceBytes = 8 * 2 ** 20;
/** What a record costs beside its value. */
const recordBytes = 256;

/**
 * Publishes a list in order, all at once unless it is large, and takes out of it what is sent. When `publish` fails the
 * rest stays in the list.
 */
export async function publishInSlices(list: OutgoingRecord[], publish: (slice: readonly OutgoingRecord[]) => Promise<void>): Promise<void> {
  while (list.length > 0) {
    const length = sliceLength(list);
    await publish(length === list.length ? list : list.slice(0, length));
    list.splice(0, length);
  }
}

function sliceLength(list: readonly OutgoingRecord[]): number {
  let bytes = 0;
  for (let i = 0; i < list.length; i++) {
    bytes += recordBytes + list[i]!.value.byteLength;
    if (bytes > publishSliceBytes) return Math.max(1, i);
  }
  return list.length;
}
