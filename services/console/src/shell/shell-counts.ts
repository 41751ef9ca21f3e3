/** Counts that the bars show beside their pages. */
export interface ShellCounts {
  readonly alarms: number;
  readonly workOrders: number;
}
