/** Decides when an alarm opens, changes level and closes. Pure: time arrives inside the window. */
import { formatDuration, type Level, type ThresholdLevel } from '@opsloop/contracts';
import type { Verdict } from '../condition/condition.js';
import type { CompiledPolicy } from '../policy/compiled-policy.js';
import { holds, type CompiledThreshold, type LevelRank } from '../policy/compiled-threshold.js';
import { normalAlarm, type AlarmChange, type AlarmState, type AlarmStep, type HeldMs, type OpenAlarm } from './alarm-state.js';
import { flappingWindowMs, noteFlapping } from './note-flapping.js';

/** A closed policy window that holds at least one sample, with what a condition makes of it. Event times, ms. */
export interface SeenWindow extends Partial<Verdict> {
  readonly startMs: number;
  readonly endMs: number;
  readonly value: number;
}

const noneHeld: HeldMs = [0, 0, 0];

/**
 * Judges one closed window of one series. A level's run is the windows in a row that match it or a severer one; time between
 * windows is no evidence and adds nothing. A level counts when its run has lasted `hold`; an open alarm moves down at once.
 */
export function stepAlarm(state: AlarmState, policy: CompiledPolicy, seen: SeenWindow): AlarmStep {
  const matching = seen.judged ? seen.judged.matching : severestMatch(policy, seen.value);
  if (matching === undefined && state === normalAlarm) return { state, changes: [] };
  const heldMs = addHeld(state.heldMs, matching, seen);
  const pendingSinceMs = matching === undefined ? undefined : (state.pendingSinceMs ?? seen.startMs);
  const next: AlarmState = { ...state, heldMs, pendingSinceMs };
  if (!state.open) return open(next, policy, seen);
  if (!state.open.isMissing) return judgeOpen(next, state.open, policy, seen, matching);
  const returned = returnData(next, state.open, policy, seen);
  const judged = returned.state.open ? judgeOpen(returned.state, returned.state.open, policy, seen, matching) : open(returned.state, policy, seen);
  return { state: judged.state, changes: [...returned.changes, ...judged.changes] };
}

/**
 * Opens an alarm, or raises its level, by a window that is not closed but certain to match at least the level that `seen`
 * matches. `before`: windows right before it that are as certain and not judged yet. What is held and pending is left
 * to the closed windows, which step over the result as they would have without it. Missing data end by a closed window.
 */
export function raiseAlarm(state: AlarmState, policy: CompiledPolicy, seen: SeenWindow, before: readonly SeenWindow[] = []): AlarmStep {
  let { heldMs } = state;
  for (const window of [...before, seen]) heldMs = addHeld(heldMs, severestMatch(policy, window.value), window);
  const threshold = severestHeld(policy, heldMs);
  const alarm = state.open;
  if (!threshold || alarm?.isMissing || (alarm && rankOf(threshold.level) <= rankOf(alarm.level))) return { state, changes: [] };
  if (alarm) return raiseLevel(state, alarm, policy, seen, threshold);
  const pendingSinceMs = state.pendingSinceMs ?? (before[0] ?? seen).startMs;
  const { state: opened, changes } = open({ ...state, heldMs, pendingSinceMs }, policy, seen);
  return { state: { ...opened, heldMs: state.heldMs, pendingSinceMs: state.pendingSinceMs }, changes };
}

function raiseLevel(state: AlarmState, alarm: OpenAlarm, policy: CompiledPolicy, seen: SeenWindow, threshold: CompiledThreshold): AlarmStep {
  const moved: OpenAlarm = { ...alarm, recoveredMs: 0, level: threshold.level, transitions: alarm.transitions + 1 };
  const change: AlarmChange = { ...changeOf(moved, 'alarm.level-changed', seen, threshold, `${measured(policy, seen)}, ${threshold.level} is ${threshold.text}`), previousLevel: alarm.level };
  return noteFlapping({ ...state, open: moved }, policy, [change]);
}

function addHeld(heldMs: HeldMs, matching: CompiledThreshold | undefined, { startMs, endMs, judged }: SeenWindow): HeldMs {
  if (matching === undefined) return noneHeld;
  const after = (rank: LevelRank): number => (rank <= matching.rank ? heldMs[rank] + endMs - startMs : rank <= (judged?.unknown ?? -1) ? heldMs[rank] : 0);
  return [after(0), after(1), after(2)];
}

function open(state: AlarmState, policy: CompiledPolicy, seen: SeenWindow): AlarmStep {
  const threshold = severestHeld(policy, state.heldMs);
  if (!threshold || state.pendingSinceMs === undefined) return { state: settled(state, policy, seen.endMs), changes: [] };
  const alarm: OpenAlarm = { level: threshold.level, pendingSinceMs: state.pendingSinceMs, cause: 'threshold', transitions: 1, recoveredMs: 0, isMissing: false, isFlapping: false };
  const held = policy.holdMs > 0 ? `, held for ${formatDuration(state.heldMs[threshold.rank])}` : '';
  const change = changeOf(alarm, 'alarm.opened', seen, threshold, `${measured(policy, seen)}, ${threshold.level} is ${threshold.text}${held}`);
  return noteFlapping({ ...state, open: alarm }, policy, [change]);
}

function judgeOpen(state: AlarmState, alarm: OpenAlarm, policy: CompiledPolicy, seen: SeenWindow, matching: CompiledThreshold | undefined): AlarmStep {
  const isRecovered = seen.judged ? seen.judged.isRecovered : matching === undefined && (!policy.recover || holds(policy.recover.comparison, seen.value));
  if (isRecovered) return recover(state, alarm, policy, seen);
  // Between the mildest threshold and `recover` nothing matches, and the alarm stays at the mildest level there is.
  const mildest = policy.thresholds[0]!;
  const now = matching ?? mildest;
  const held = severestHeld(policy, state.heldMs);
  // What is not known of a severer level does not lower the alarm from there.
  const mayLower = rankOf(alarm.level) > Math.max(now.rank, seen.judged?.unknown ?? -1);
  const target = held && rankOf(held.level) > rankOf(alarm.level) ? held : mayLower ? now : undefined;
  const steady: OpenAlarm = { ...alarm, recoveredMs: 0 };
  if (!target) return { state: { ...state, open: steady }, changes: [] };
  const moved: OpenAlarm = { ...steady, level: target.level, transitions: alarm.transitions + 1 };
  const why = matching ? `${target.level} is ${target.text}` : `no level matches, but it has not recovered${policy.recover ? ` (${policy.recover.text})` : ''}`;
  const change: AlarmChange = { ...changeOf(moved, 'alarm.level-changed', seen, target, `${measured(policy, seen)}, ${why}`), previousLevel: alarm.level, ...(!matching && { recover: policy.recover?.text ?? '' }) };
  return noteFlapping({ ...state, open: moved }, policy, [change]);
}

function recover(state: AlarmState, alarm: OpenAlarm, policy: CompiledPolicy, seen: SeenWindow): AlarmStep {
  const recoveredMs = alarm.recoveredMs + (seen.endMs - seen.startMs);
  if (recoveredMs < policy.keepOpenMs) return { state: { ...state, open: { ...alarm, recoveredMs } }, changes: [] };
  const rule = policy.recover ? `, recovered is ${policy.recover.text}` : ', no level matches';
  const held = policy.keepOpenMs > 0 ? `, held for ${formatDuration(recoveredMs)}` : '';
  return resolve(state, alarm, policy, { atMs: seen.endMs, value: seen.value, reason: `${measured(policy, seen)}${rule}${held}` });
}

/** Ends an open alarm; nothing happens when none is open. */
export function endAlarm(state: AlarmState, policy: Pick<CompiledPolicy, 'windowMs'>, reason: string, atMs: number): AlarmStep {
  return state.open ? resolve(state, state.open, policy, { atMs, value: null, reason }) : { state: normalAlarm, changes: [] };
}

function resolve(state: AlarmState, alarm: OpenAlarm, policy: Pick<CompiledPolicy, 'windowMs'>, why: { atMs: number; value: number | null; reason: string }): AlarmStep {
  const change: AlarmChange = { type: 'alarm.resolved', transition: alarm.transitions + 1, cause: alarm.cause, pendingSinceMs: alarm.pendingSinceMs, level: alarm.level, ...why };
  return noteFlapping({ ...state, heldMs: noneHeld, pendingSinceMs: undefined, open: undefined }, policy, [change]);
}

/** The first window after missing data: an alarm of missing data ends, any other goes on where it was. */
function returnData(state: AlarmState, alarm: OpenAlarm, policy: CompiledPolicy, seen: SeenWindow): AlarmStep {
  const { levelBeforeMissing: level } = alarm;
  const at = { atMs: seen.endMs, value: seen.value, cause: alarm.cause, pendingSinceMs: alarm.pendingSinceMs, transition: alarm.transitions + 1 };
  if (level === undefined) {
    const change: AlarmChange = { ...at, type: 'alarm.resolved', level: alarm.level, reason: 'data have returned' };
    return noteFlapping({ ...state, open: undefined }, policy, [change]);
  }
  const change: AlarmChange = { ...at, type: 'alarm.data-returned', level, previousLevel: alarm.level, reason: 'data have returned' };
  return { state: { ...state, open: { ...alarm, level, levelBeforeMissing: undefined, isMissing: false, transitions: alarm.transitions + 1 } }, changes: [change] };
}

export interface Silence {
  /** Arrival clock at which the silence became too long, ms. */
  readonly atMs: number;
  readonly silentMs: number;
  /** End of the last window that was seen, event time, ms. */
  readonly lastEndMs: number;
}

/** Judges that a series has been silent for the policy's `noDataAfter`. Called again when policies change: the same one says it once. */
export function stepSilence(state: AlarmState, policy: CompiledPolicy, silence: Silence): AlarmStep {
  const reason = `nothing has arrived for ${formatDuration(silence.silentMs)}`;
  const { open: alarm } = state;
  if (policy.noData === 'keep-last') return takeBackMissing(state, policy, silence.atMs);
  if (policy.noData === 'ok') return alarm || state.pendingSinceMs !== undefined ? endAlarm(state, policy, `${reason}, and the policy takes that as ok`, silence.atMs) : { state, changes: [] };
  if (alarm?.level === 'down') return { state, changes: [] };
  const missing: OpenAlarm = alarm
    ? { ...alarm, level: 'down', levelBeforeMissing: alarm.level as ThresholdLevel, isMissing: true, recoveredMs: 0, transitions: alarm.transitions + 1 }
    : { level: 'down', pendingSinceMs: silence.lastEndMs, cause: 'missing', transitions: 1, recoveredMs: 0, isMissing: true, isFlapping: false };
  const change: AlarmChange = {
    type: 'alarm.no-data',
    transition: missing.transitions,
    cause: missing.cause,
    pendingSinceMs: missing.pendingSinceMs,
    level: 'down',
    ...(alarm && { previousLevel: alarm.level }),
    value: null,
    reason,
    atMs: silence.atMs,
  };
  return noteFlapping({ ...state, heldMs: noneHeld, pendingSinceMs: undefined, open: missing }, policy, [change]);
}

/** What another version told of missing data is over under one that keeps the last level; their return is still told. */
function takeBackMissing(state: AlarmState, policy: CompiledPolicy, atMs: number): AlarmStep {
  const { open: alarm } = state;
  if (alarm?.level !== 'down') return { state, changes: [] };
  const reason = 'the policy does not tell of missing data any more';
  const { levelBeforeMissing: level, cause, pendingSinceMs } = alarm;
  if (level === undefined) return endAlarm(state, policy, reason, atMs);
  const transition = alarm.transitions + 1;
  const change: AlarmChange = { type: 'alarm.level-changed', transition, cause, pendingSinceMs, level, previousLevel: 'down', value: null, reason, atMs };
  return noteFlapping({ ...state, open: { ...alarm, level, transitions: transition } }, policy, [change]);
}

function severestMatch(policy: CompiledPolicy, value: number): CompiledThreshold | undefined {
  const { thresholds } = policy;
  for (let i = thresholds.length - 1; i >= 0; i--) {
    const { comparison } = thresholds[i]!;
    if (comparison && holds(comparison, value)) return thresholds[i];
  }
  return undefined;
}

function severestHeld(policy: CompiledPolicy, heldMs: HeldMs): CompiledThreshold | undefined {
  return policy.thresholds.findLast(({ rank }) => heldMs[rank] > 0 && heldMs[rank] >= policy.holdMs);
}

function rankOf(level: Level): number {
  return level === 'info' ? 0 : level === 'warn' ? 1 : level === 'critical' ? 2 : 3;
}

function changeOf(alarm: OpenAlarm, type: AlarmChange['type'], seen: SeenWindow, threshold: CompiledThreshold, reason: string): AlarmChange {
  return { type, transition: alarm.transitions, cause: alarm.cause, pendingSinceMs: alarm.pendingSinceMs, level: alarm.level, value: seen.value, threshold: threshold.text, reason, atMs: seen.endMs };
}

/** `AVG of cpu.utilisation was 91.5`, with at most six significant digits, or what the condition says. */
function measured(policy: CompiledPolicy, seen: SeenWindow): string {
  if (seen.measured) return seen.measured();
  return `${policy.aggregate} of ${policy.metric} was ${Number(seen.value.toPrecision(6))}`;
}

/** Back to the shared normal state when there is nothing left to remember. */
function settled(state: AlarmState, policy: CompiledPolicy, nowMs: number): AlarmState {
  const isForgotten = (state.changesMs.at(-1) ?? -Infinity) <= nowMs - flappingWindowMs(policy);
  return state.open === undefined && state.pendingSinceMs === undefined && isForgotten ? normalAlarm : state;
}
