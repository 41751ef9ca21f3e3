/** Counts that the bars show beside their pages; undefined: there is no answer. */
export interface ShellCounts {
  readonly alarms: number | undefined;
  readonly workOrders: number | undefined;
}
