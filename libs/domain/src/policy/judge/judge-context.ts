/** What judging needs and where its decisions go. */
import type { ForecastTotals, Labels } from '@opsloop/contracts';
import type { AlarmChange } from '../../alarm/alarm-state.js';
import type { AlarmDecision } from '../../alarm/describe-transition.js';
import type { ForecastBand } from '../../forecast/step-forecast.js';
import type { MemberReport } from '../../group/member-report.js';
import type { CompiledPolicy } from '../compiled-policy.js';
import type { PolicySet } from '../policy-set.js';
import { openWindowEnd, type SeriesWatch } from '../watch/series-watch.js';
import type { WatchedResource, WatchState } from '../watch/watch-state.js';

/** Of what a value was judged. */
export interface JudgedAbout {
  /** The watch or group itself: one object for each series. */
  readonly watch: object;
  readonly resource: string;
  readonly resourceName: string;
  readonly labels: Labels;
  readonly windowMs: number;
}

export function aboutWatch({ resource, attributes }: WatchedResource, watch: SeriesWatch): JudgedAbout {
  return { watch, resource: resource.id, resourceName: attributes['host'] ?? resource.uid, labels: watch.labels, windowMs: watch.shape.windowMs };
}

/** Who wants to know more than decisions. */
export interface JudgeHooks {
  /** Told of each value that is judged: of the metric, or of what a condition makes of it. */
  readonly onJudged?: ((value: number, endMs: number, about: JudgedAbout) => void) | undefined;
  /** Told of each forecast that is made: the 80 % interval of the value that the policy looks ahead to. */
  readonly onForecast?: ((band: ForecastBand, about: JudgedAbout) => void) | undefined;
  /** Told of forecasts whose time has come. */
  readonly onScored?: ((scored: ForecastTotals, endMs: number) => void) | undefined;
}

/** Where decisions and counts go. */
export interface Judgement extends JudgeHooks {
  readonly decisions: AlarmDecision[];
  /** What groups are to know of resources. */
  readonly reports: MemberReport[];
  /** Policy windows that were judged. */
  judged: number;
  /** Base windows that came again, or after their policy window was closed. */
  repeated: number;
  /** Base windows that no policy window can be made of, because the base width was changed after the policy was checked. */
  misfit: number;
}

export function createJudgement({ onJudged, onForecast, onScored }: JudgeHooks = {}): Judgement {
  return { decisions: [], reports: [], onJudged, onForecast, onScored, judged: 0, repeated: 0, misfit: 0 };
}

export interface JudgeContext {
  readonly state: WatchState;
  readonly policies: PolicySet;
  readonly out: Judgement;
  /** Arrival clock of the record in hand, ms. */
  readonly arrivalMs: number;
}

export function pushDecisions({ out, arrivalMs }: JudgeContext, { resource, attributes }: WatchedResource, watch: SeriesWatch, policy: CompiledPolicy, changes: readonly AlarmChange[], window: { readonly startMs: number; readonly endMs: number }): void {
  for (const change of changes) {
    out.decisions.push({ change, policy, resource, attributes, labels: watch.labels, windowStartMs: window.startMs, windowEndMs: window.endMs, sampleMs: watch.lastSampleMs, arrivalMs });
  }
}

/** The newest policy window that holds anything of a series. */
export function lastWindow(watch: SeriesWatch): { startMs: number; endMs: number } {
  const endMs = openWindowEnd(watch) ?? watch.seenToMs;
  return { startMs: endMs - watch.shape.windowMs, endMs };
}
