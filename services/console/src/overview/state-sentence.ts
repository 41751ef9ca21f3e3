import { openedSince, type OpenedAlarm } from '../alarm/opened-since.js';
import type { AlarmRecord, Level } from '../api/records.js';
import { levelsWorstFirst } from '../level/level.js';

export interface LevelCount {
  readonly level: Level;
  readonly count: number;
  /** There are more than were counted. */
  readonly cut: boolean;
  /** When the longest open one opened; not known where there are more. */
  readonly oldest: string | undefined;
}

/** Open alarms by level, worst first; levels without any are there with 0. */
export function countByLevel(open: readonly (Pick<AlarmRecord, 'level'> & OpenedAlarm)[], cut: readonly Level[]): readonly LevelCount[] {
  return levelsWorstFirst.map((level) => {
    const those = open.filter((alarm) => alarm.level === level);
    const more = cut.includes(level);
    return { level, count: those.length, cut: more, oldest: more ? undefined : those.map(openedSince).toSorted()[0] };
  });
}
