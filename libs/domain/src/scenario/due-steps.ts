import { levels, type AlarmTransition, type AlarmTransitionType, type ScenarioSpec, type ScenarioStep } from '@opsloop/contracts';

export interface DueStep {
  /** Level and place, for example critical.0: with occurrence and scenario the identity of what it opens. */
  readonly stepId: string;
  readonly step: ScenarioStep;
}

const opening: readonly AlarmTransitionType[] = ['alarm.opened', 'alarm.level-changed', 'alarm.no-data'];

/** What a transition is too old for, by event time: a log that is replayed after days must not restart what is well by now. */
export const oldestActedOnMs = 3_600_000;

/** The steps that an alarm takes when it reaches a level: on the way up only, since falling calls for nothing new. */
export function dueSteps(spec: ScenarioSpec, transition: Pick<AlarmTransition, 'level' | 'previousLevel'>, type: AlarmTransitionType): readonly DueStep[] {
  if (!opening.includes(type)) return [];
  const { level, previousLevel } = transition;
  if (previousLevel !== undefined && levels.indexOf(previousLevel) >= levels.indexOf(level)) return [];
  return (spec.levels[level] ?? []).map((step, index) => ({ stepId: `${level}.${index}`, step }));
}
