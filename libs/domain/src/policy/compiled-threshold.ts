import type { Comparison, ThresholdLevel } from '@opsloop/contracts';

/** A level's place in order of severity: info 0, warn 1, critical 2. */
export type LevelRank = 0 | 1 | 2;

export interface CompiledThreshold {
  readonly rank: LevelRank;
  readonly level: ThresholdLevel;
  /** Undefined where the condition itself says which level matches. */
  readonly comparison: Comparison | undefined;
  /** As it was written, for example `> 95`. */
  readonly text: string;
}

/** Whether a value meets a comparison. */
export function holds({ operator, value }: Comparison, seen: number): boolean {
  switch (operator) {
    case '>':
      return seen > value;
    case '>=':
      return seen >= value;
    case '<':
      return seen < value;
    case '<=':
      return seen <= value;
    case '==':
      return seen === value;
    case '!=':
      return seen !== value;
  }
}
