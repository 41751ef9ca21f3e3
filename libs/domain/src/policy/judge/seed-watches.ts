/**
 * Seeding: a series that begins to be watched is judged as if it always had been. It is judged live from its first window
 * on, and remembers those windows; once its history was read, the same steps run over the history and then over them.
 */
import { stepAlarm } from '../../alarm/step-alarm.js';
import { normalAlarm, type AlarmChange, type AlarmState } from '../../alarm/alarm-state.js';
import type { CompiledPolicy } from '../compiled-policy.js';
import { withForecast } from '../watch/forecast-scores.js';
import { pushDecisions, type JudgeContext } from './judge-context.js';
import { countsFromMs } from '../watch/ended-alarms.js';
import { raiseEarly } from './judge-early.js';
import { dropMemory, stepMemory } from './step-memory.js';
import type { ClosedWindow, SeriesWatch } from '../watch/series-watch.js';
import type { SeedBox, WatchedResource, WatchState } from '../watch/watch-state.js';

/** More live windows than this are not remembered: the series goes on without its history. */
const mostLiveWindows = 240;
/** What is taken in at once, so that live windows do not wait for history: some tenths of a second for the slowest conditions. */
const mostWindowsATick = 30_000;

/** Makes a state ask for history; without it series begin without one. */
export function openSeedBox(state: WatchState): void {
  const box: SeedBox = { waiting: new Map(), ready: [] };
  state.seeds = box;
  for (const watched of state.resources.values()) for (const watch of watched.watches) if (watch.birth) box.waiting.set(watch, watched);
}

/** What silence decides needs no history, and what is judged together is judged anew with each window. */
export function noteBirth({ seeds }: WatchState, watched: WatchedResource, watch: SeriesWatch, policy: CompiledPolicy, startMs: number): void {
  if (!seeds || policy.isJoint || policy.condition?.silences) return;
  watch.birth = { bornMs: Math.floor(startMs / policy.windowMs) * policy.windowMs, windows: [] };
  seeds.waiting.set(watch, watched);
}

/** Remembers a window that was judged before the history came. */
export function noteLiveWindow({ seeds }: WatchState, watch: SeriesWatch, seen: ClosedWindow): void {
  watch.birth!.windows.push(seen);
  if (watch.birth!.windows.length <= mostLiveWindows) return;
  watch.birth = undefined;
  seeds?.waiting.delete(watch);
}

/** Takes in what was read. Only an alarm that is open by now is told: what came and went before nobody had asked for. */
export function applySeeds(context: JudgeContext): void {
  const { seeds } = context.state;
  for (const { watch, birth, windows } of takeReady(seeds)) {
    if (watch.birth !== birth) continue;
    const watched = seeds!.waiting.get(watch);
    seeds!.waiting.delete(watch);
    watch.birth = undefined;
    if (!watched?.watches.includes(watch)) continue;
    const policy = context.policies.eraAt(watched.resource.tenant, context.arrivalMs).byName.get(watch.shape.name);
    const input = policy?.inputs[watch.shape.input];
    if (!policy || policy.isJoint || input?.windowMs !== watch.shape.windowMs || input.aggregate !== watch.shape.aggregate) continue;
    plantSeed(context, watched, watch, policy, [...windows.filter((window) => window.endMs <= birth.bornMs), ...birth.windows]);
    if (watch.early) raiseEarly(context, watched, watch);
  }
}

/** The oldest answers; the others wait for the next tick. */
function takeReady(seeds: SeedBox | undefined): SeedBox['ready'] {
  if (!seeds) return [];
  let count = 0;
  for (let windows = 0; count < seeds.ready.length && windows < mostWindowsATick; count++) windows += seeds.ready[count]!.windows.length;
  return seeds.ready.splice(0, count);
}

interface Told {
  readonly change: AlarmChange;
  readonly window: ClosedWindow;
}

function plantSeed(context: JudgeContext, watched: WatchedResource, watch: SeriesWatch, policy: CompiledPolicy, windows: readonly ClosedWindow[]): void {
  const live = watch.alarm;
  dropMemory(watch, context.state.slots);
  let alarm: AlarmState = normalAlarm;
  let told: Told[] = [];
  const fromMs = countsFromMs(context.state, watched.resource, watch);
  // What history says of the forecasts is not added to their scores: a state that is lost would count it twice.
  for (const window of windows) {
    const verdict = policy.condition ? stepMemory(watch, policy, window, context.state.slots) : undefined;
    if ((policy.condition && !verdict) || window.startMs < fromMs) continue;
    const step = stepAlarm(alarm, policy, verdict ? { ...window, ...verdict } : window);
    alarm = step.state;
    const changes = verdict ? withForecast(context.state.forecastScores, policy, verdict, step.changes) : step.changes;
    told = alarm.open ? [...told, ...changes.map((change) => ({ change, window }))] : [];
  }
  // People know of the alarm that is open already, under its own identity, and of what was told and has ended since: windows
  // alone do not know of an end by silence, and would open it again.
  if (live.open || live.changesMs.length > 0) return;
  watch.alarm = alarm;
  for (const { change, window } of told) if (change.pendingSinceMs === alarm.open?.pendingSinceMs) pushDecisions(context, watched, watch, policy, [change], window);
}
