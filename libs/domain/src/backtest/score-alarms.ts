import type { BacktestAlarm } from './backtest-alarm.js';

/** A time in which something was really wrong. */
export interface LabelledWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface AlarmScore {
  readonly labelled: number;
  /** Labelled windows in which an alarm was open. */
  readonly found: number;
  /** Alarms that were open in some labelled window. */
  readonly right: number;
  readonly alarms: number;
  /** right / alarms; null without alarms. */
  readonly precision: number | null;
  /** found / labelled; null without labels. */
  readonly recall: number | null;
  /** From the beginning of a found window to its first alarm; 0 where one was open already. */
  readonly medianDelaySeconds: number | null;
}

/** How well alarms meet what people labelled. An alarm that is still open lasts until `toMs`. */
export function scoreAlarms(alarms: readonly Pick<BacktestAlarm, 'openedAtMs' | 'resolvedAtMs'>[], labelled: readonly LabelledWindow[], toMs: number): AlarmScore {
  const meets = (alarm: (typeof alarms)[number], window: LabelledWindow): boolean => alarm.openedAtMs <= window.toMs && (alarm.resolvedAtMs ?? toMs) > window.fromMs;
  const right = alarms.filter((alarm) => labelled.some((window) => meets(alarm, window))).length;
  const delays = labelled.flatMap((window) => {
    const first = alarms.filter((alarm) => meets(alarm, window)).map((alarm) => Math.max(0, alarm.openedAtMs - window.fromMs));
    return first.length > 0 ? [Math.min(...first)] : [];
  }).toSorted((a, b) => a - b);
  return {
    labelled: labelled.length,
    found: delays.length,
    right,
    alarms: alarms.length,
    precision: alarms.length === 0 ? null : right / alarms.length,
    recall: labelled.length === 0 ? null : delays.length / labelled.length,
    medianDelaySeconds: delays.length === 0 ? null : (delays[(delays.length - 1) >> 1]! + delays[delays.length >> 1]!) / 2_000,
  };
}
