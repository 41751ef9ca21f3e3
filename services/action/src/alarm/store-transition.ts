import { collections, type Alarm, type AlarmEvent } from '@opsloop/contracts';
import { applyTransition } from '@opsloop/domain';
import { EngineError, type Documents } from '@opsloop/ports';

const maxTries = 100;

/** Writes a transition into the document of its alarm, once, and answers the document as it is then. */
export async function storeTransition(documents: Documents, event: AlarmEvent, nowMs: number): Promise<Alarm> {
  const alarms = documents.collection<Alarm>(collections.alarms);
  for (let tries = 0; tries < maxTries; tries += 1) {
    const stored = await alarms.get(event.data.occurrence);
    const { alarm, outcome } = applyTransition(stored?.doc, event, nowMs);
    if (outcome === 'known') return alarm;
    const written = stored ? await alarms.replace(alarm, stored.version, { keepLease: true }) : await alarms.insert(alarm);
    if (written !== 'conflict' && written !== 'exists') return alarm;
  }
  throw new EngineError(`alarm ${event.data.occurrence} changed under every one of ${maxTries} attempts to write to it`, { retryable: true });
}
