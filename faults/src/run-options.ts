/** What a run on either kind of engines is told. */
export interface RunOptions {
  readonly kills: number;
  readonly seed: number;
  /** Slots of hosts that send at the same time. */
  readonly hosts: number;
  /** Begin anew, whatever an earlier run left behind. */
  readonly fresh: boolean;
  /** Where it kills. */
  readonly points: readonly string[];
  /** Everything of the run; its report lies beside it. */
  readonly folder: string;
  /** Repeats the run, for its report. */
  readonly command: string;
}
