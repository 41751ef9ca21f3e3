/** Times and limits of windows, all in milliseconds but the last. */
export interface WindowSettings {
  /** Width of base windows. */
  readonly widthMs: number;
  /** How far the watermark must pass the end of a window before it closes. */
  readonly graceMs: number;
  /** How far behind the watermark a sample may be and still count. */
  readonly latenessMs: number;
  /** Silence of a source, on the arrival clock, that closes its windows. */
  readonly idleMs: number;
  /** Series of one resource; samples of more are refused and counted. */
  readonly maxSeries: number;
}

/** Silence after which a source keeps no windows: what is older than what it had emitted is late from then on. */
export const hibernateMs = 3_600_000;
/** Silence after which a source is forgotten: more than a day, so that a daily counter still has its rate. */
export const forgetMs = 25 * 3_600_000;
/** The same batch of a sender that missed our answer counts once within this arrival time. */
export const dedupeMs = 600_000;
/** Senders of one resource at a time: a bit each in a block's mask. */
export const maxSources = 31;
/** Rows of a batch that are known again one by one. */
export const mostHashedRows = 16;
/** Counter values that one resource keeps for late samples; the oldest are settled above it. */
export const maxLogValues = 1_000_000;
/** What the collector lets through ahead of arrival. */
const maxAheadMs = 3_600_000;

/** Windows of one resource, `widthMs` wide, that are held at a time. */
export function maxBlocks({ latenessMs }: WindowSettings, widthMs: number): number {
  return Math.ceil((latenessMs + maxAheadMs) / widthMs) + 64;
}
