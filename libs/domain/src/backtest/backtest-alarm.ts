import type { AlarmTransitionType, Labels, Level } from '@opsloop/contracts';

export interface BacktestAlarm {
  readonly occurrence: string;
  readonly resource: string;
  readonly resourceName: string;
  readonly labels: Labels;
  readonly openedAtMs: number;
  /** Undefined: still open at the end. */
  readonly resolvedAtMs: number | undefined;
  /** The worst that it reached. */
  readonly level: Level;
  readonly transitions: readonly { readonly atMs: number; readonly type: AlarmTransitionType; readonly level: Level; readonly value: number | null; readonly reason: string }[];
}
