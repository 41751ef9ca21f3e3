/** What a forecast policy remembers of one series: its forecaster, the forecast in force, and what waits to be scored. */
import { bytesToText, textToBytes } from '../condition/bytes-as-text.js';
import { decodeForecaster, encodeForecaster } from './forecaster-codec.js';
import type { Crossing } from './forecast-series.js';
import type { Forecaster } from './forecaster.js';
import type { AwaitedCrossing } from './scorecard.js';

export interface StandingForecast {
  /** Bins and lessons when it was made. */
  readonly bins: number;
  readonly lessons: number;
  /** The edge of the 80 % interval on the side of trouble, for each bin until the next lesson; 32-bit floats. */
  readonly edges: readonly number[];
  /** By threshold; none where no threshold is within reach. */
  readonly crossings: readonly Crossing[];
}

/** Bounded whatever the series does. */
export interface ForecastWatch {
  readonly forecaster: Forecaster;
  standing: StandingForecast | undefined;
  /** By threshold. */
  readonly awaited: AwaitedCrossing[];
  readonly raised: boolean[];
  /** Points of one forecast that wait for what they foretold: time, low, high, time, ...; low and high are 32-bit floats. */
  watched: number[];
}

/** Points of one forecast that wait to be judged. */
export const mostWatched = 8;

/** Bins from one of the points that wait to the next, of a path of so many. */
export function watchedStride(bins: number): number {
  return Math.ceil(bins / mostWatched);
}

/** Of a series that nothing is known of. */
export function createForecastWatch(forecaster: Forecaster, thresholds: number): ForecastWatch {
  return { forecaster, standing: undefined, awaited: Array.from({ length: thresholds }, () => ({ open: undefined, beyondMs: undefined })), raised: Array.from({ length: thresholds }, () => false), watched: [] };
}

type EncodedWatch = readonly [forecaster: string, standing: StandingForecast | null, awaited: readonly Partial<AwaitedCrossing>[], raised: readonly boolean[], watched: readonly number[]];

/** As JSON takes it. */
export function encodeForecastWatch({ forecaster, standing, awaited, raised, watched }: ForecastWatch): unknown {
  return [bytesToText(encodeForecaster(forecaster)), standing ?? null, awaited, raised, watched] satisfies EncodedWatch;
}

/** Undefined where the models of the snapshot are of another format. */
export function decodeForecastWatch(encoded: unknown): ForecastWatch | undefined {
  const [text, standing, awaited, raised, watched] = encoded as EncodedWatch;
  const forecaster = decodeForecaster(textToBytes(text));
  if (!forecaster) return undefined;
  return {
    forecaster, standing: standing ? { ...standing, crossings: standing.crossings.map(({ odds, crossesAtMs, earliestMs, latestMs }) => ({ odds, crossesAtMs, earliestMs, latestMs })) } : undefined,
    awaited: awaited.map(({ open, beyondMs }) => ({ open, beyondMs })), raised: [...raised], watched: [...watched],
  };
}
