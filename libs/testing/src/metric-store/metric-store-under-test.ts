import type { MetricStore } from '@opsloop/ports';

/** A metric store on data of its own, and what a suite may do to it. */
export interface MetricStoreUnderTest {
  /** The one that is open now: another after `reopen`. */
  readonly store: MetricStore;
  /** Stops it; the data stays. */
  close(): Promise<void>;
  /** Stops it if it is open, and opens the same data again. */
  reopen(): Promise<void>;
  /** Stops it and deletes the data. */
  destroy(): Promise<void>;
  /** How another process opens the same data: it imports `module`, calls its export `factory` with `options`, then start(). */
  readonly child: { readonly module: string; readonly factory: string; readonly options: object };
}

/** `windowMs`: width of the base windows that will be written. */
export type CreateMetricStore = (windowMs: number) => Promise<MetricStoreUnderTest>;
