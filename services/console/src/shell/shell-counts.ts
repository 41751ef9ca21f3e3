export interface ShellCount {
  readonly count: number;
  /** There are more than were counted. */
  readonly more: boolean;
}

/** Counts that the bars show beside their pages; undefined: there is no answer. */
export interface ShellCounts {
  readonly alarms: ShellCount | undefined;
  readonly workOrders: ShellCount | undefined;
}
