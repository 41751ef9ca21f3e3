import type { DefinitionAnswer } from '@opsloop/contracts';
import { useMinute } from '../time/clock.js';
import { toMs } from '../time/format-time.js';

/** The next times of a schedule, ascending, without those that passed since it was read. */
export function useComingTimes({ schedule }: Pick<DefinitionAnswer, 'schedule'>): readonly string[] {
  const nowMs = useMinute();
  return (schedule?.upcoming ?? []).filter((at) => toMs(at) > nowMs);
}
