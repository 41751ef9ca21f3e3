/** What a forecast policy remembers of one series: its forecaster, the forecast in force, and what waits to be scored. */
import { decodeForecaster, encodeForecaster } from './forecaster-codec.js';
import type { Crossing } from './forecast-series.js';
import { createForecaster, type Forecaster, type ForecasterSettings } from './forecaster.js';
import type { AwaitedCrossing } from './scorecard.js';

export interface StandingForecast {
  /** Bins and lessons when it was made. */
  readonly bins: number;
  readonly lessons: number;
  /** The edge of the 80 % interval on the side of trouble, for each bin until the next lesson. */
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
  /** Points of one forecast that wait for what they foretold: time, low, high, time, ... */
  watched: number[];
}

export function createForecastWatch(settings: ForecasterSettings, thresholds: number): ForecastWatch {
  return watchOf(createForecaster(settings), thresholds);
}

function watchOf(forecaster: Forecaster, thresholds: number): ForecastWatch {
  return { forecaster, standing: undefined, awaited: Array.from({ length: thresholds }, () => ({ open: undefined, beyondMs: undefined })), raised: Array.from({ length: thresholds }, () => false), watched: [] };
}

type EncodedWatch = readonly [forecaster: string, standing: StandingForecast | null, awaited: readonly Partial<AwaitedCrossing>[], raised: readonly boolean[], watched: readonly number[]];

/** As JSON takes it. */
export function encodeForecastWatch({ forecaster, standing, awaited, raised, watched }: ForecastWatch): unknown {
  return [btoa(String.fromCharCode(...encodeForecaster(forecaster))), standing ?? null, awaited, raised, watched] satisfies EncodedWatch;
}

/** Undefined where the models of the snapshot are of another format. */
export function decodeForecastWatch(encoded: unknown): ForecastWatch | undefined {
  const [text, standing, awaited, raised, watched] = encoded as EncodedWatch;
  const forecaster = decodeForecaster(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
  if (!forecaster) return undefined;
  return {
    forecaster, standing: standing ? { ...standing, crossings: standing.crossings.map(({ odds, crossesAtMs, earliestMs, latestMs }) => ({ odds, crossesAtMs, earliestMs, latestMs })) } : undefined,
    awaited: awaited.map(({ open, beyondMs }) => ({ open, beyondMs })), raised: [...raised], watched: [...watched],
  };
}
