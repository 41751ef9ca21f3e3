/** What an alarm remembers between windows. Plain JSON: it goes into checkpoints as it is. */
import type { AlarmTransitionType, ForecastFacts, Level, ThresholdLevel } from '@opsloop/contracts';

/** Held time, ms, of the unbroken run of windows that matched info, warn, critical (or a severer level). */
export type HeldMs = readonly [info: number, warn: number, critical: number];

export interface OpenAlarm {
  readonly level: Level;
  readonly pendingSinceMs: number;
  /** 'missing': opened because data went missing; it ends when they return. */
  readonly cause: 'threshold' | 'missing';
  /** Transitions so far: the number of the newest. */
  readonly transitions: number;
  /** Time that recovered windows have added up to since the last one that was not, ms. */
  readonly recoveredMs: number;
  /** Data are missing, and the policy says so: the level that returns with them. */
  readonly levelBeforeMissing?: ThresholdLevel | undefined;
  readonly isMissing: boolean;
  readonly isFlapping: boolean;
}

export interface AlarmState {
  readonly heldMs: HeldMs;
  /** Start of the first window of the mildest level's run. */
  readonly pendingSinceMs: number | undefined;
  readonly open: OpenAlarm | undefined;
  /** Times of the newest changes of state, ascending, at most as many as make an alarm flap. */
  readonly changesMs: readonly number[];
}

/** Most series are here most of the time; it is shared and costs nothing. */
export const normalAlarm: AlarmState = { heldMs: [0, 0, 0], pendingSinceMs: undefined, open: undefined, changesMs: [] };

/** One transition, before it is dressed with resource and trace. */
export interface AlarmChange {
  readonly type: AlarmTransitionType;
  /** 1, 2, 3 ... within the occurrence. */
  readonly transition: number;
  readonly cause: 'threshold' | 'missing';
  readonly pendingSinceMs: number;
  readonly level: Level;
  readonly previousLevel?: Level | undefined;
  readonly value: number | null;
  readonly threshold?: string | undefined;
  /** No level is met and the alarm stays open: the comparison that ends it, empty when there is none. */
  readonly recover?: string;
  readonly reason: string;
  /** Of a forecast policy: what it foresaw. */
  readonly forecast?: ForecastFacts;
  readonly atMs: number;
}

export interface AlarmStep {
  readonly state: AlarmState;
  readonly changes: readonly AlarmChange[];
}
