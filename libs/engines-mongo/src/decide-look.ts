import type { SchemaRecord } from './schema-record.js';
import { keyName, type DocumentLayout } from './stored-document.js';

const hourMs = 3_600_000;
const weekMs = 7 * 24 * hourMs;
/** An hour after documents lacked something every five minutes, a day after every two hours. */
const ageShare = 1 / 12;

/**
 * What a service with this layout does about documents that an older version wrote. It goes through the collection
 * (`look`), often at first, then ever less, until nothing lacked for a week. One that does not know every field is itself
 * of the older version: it says so (`announce`), once an hour. `now` is the server's, ms since the epoch.
 */
export function decideLook({ fields = [], keys = [], lackedAt, lookedAt }: SchemaRecord, layout: DocumentLayout, now: number, everyMs: number): 'look' | 'announce' | 'nothing' {
  const known = layout.unique.map(keyName);
  const ageMs = lackedAt ? now - lackedAt.getTime() : Number.POSITIVE_INFINITY;
  if (fields.some((field) => !layout.fields.includes(field)) || keys.some((key) => !known.includes(key))) return ageMs >= hourMs ? 'announce' : 'nothing';
  if (ageMs > weekMs) return 'nothing';
  return !lookedAt || now - lookedAt.getTime() >= Math.max(everyMs, ageMs * ageShare) ? 'look' : 'nothing';
}
