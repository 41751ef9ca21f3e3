import type { AlarmGroup } from '@opsloop/contracts';
import type { GroupIdentity } from '@opsloop/domain';
import { EngineError, type Collection } from '@opsloop/ports';

const maxTries = 100;

/**
 * Makes the group look at its members at `dueAtMs` at the latest; begins its life when it has none. `wakes` rises, so
 * that a flush which read its members before looks again.
 */
export async function wakeGroup(groups: Collection<AlarmGroup>, identity: GroupIdentity, dueAtMs: number, nowMs: number): Promise<void> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const stored = await groups.get(identity.id);
    const outcome = stored
      ? await groups.replace({ ...stored.doc, dueAtMs: Math.min(stored.doc.dueAtMs, dueAtMs), wakes: stored.doc.wakes + 1 }, stored.version, { keepLease: true })
      : await groups.insert({ ...identity, startedAtMs: nowMs, flush: 0, dueAtMs, wakes: 1, flapping: {} });
    if (outcome !== 'conflict' && outcome !== 'exists') return;
  }
  throw new EngineError(`alarm group ${identity.id} changed under every one of ${maxTries} attempts to wake it`, { retryable: true });
}
