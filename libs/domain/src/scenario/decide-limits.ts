import { formatDuration, parseDurationMs, type Level, type ScenarioLimits, type ScenarioSpec } from '@opsloop/contracts';

export interface LimitRequest {
  /** Id of the work order that would be opened: asked again, it gets the same answer. */
  readonly workOrder: string;
  readonly resource: string;
  readonly resourceName: string;
  /** Id of the alarm. */
  readonly occurrence: string;
  readonly level: Level;
  readonly playbook: string;
  /** Wall clock, ms since the epoch: limits are about effects in the real world. */
  readonly nowMs: number;
}

export interface LimitDecision {
  readonly limits: ScenarioLimits;
  /** Why nothing may be opened; undefined: granted. */
  readonly heldBack: string | undefined;
}

const hourMs = 3_600_000;
const mostHeldBack = 500;

/**
 * Whether a scenario may open one more work order now: `cooldown` for its resource, `maxRunsPerHour` over all. A cooldown
 * keeps from trying the same again; the stronger remedy of a higher level does not wait for the weaker one. Pure; the limits are stored by compare-and-set before the work order is, so instances that decide at once cannot both be granted.
 */
export function decideLimits(limits: ScenarioLimits, spec: Pick<ScenarioSpec, 'cooldown' | 'maxRunsPerHour'>, request: LimitRequest): LimitDecision {
  const { workOrder, resource, nowMs, occurrence, level, playbook } = request;
  if (limits.granted.some((one) => one.workOrder === workOrder)) return { limits, heldBack: undefined };
  const before = limits.heldBack.find((one) => one.workOrder === workOrder);
  if (before) return { limits, heldBack: before.reason };
  const cooldownMs = parseDurationMs(spec.cooldown) ?? 0;
  const keptMs = Math.max(cooldownMs, hourMs);
  const granted = limits.granted.filter((one) => nowMs - one.atMs < keptMs);
  const heldBack = limits.heldBack.filter((one) => nowMs - one.atMs < hourMs);
  const reason = cooldownReason(granted, request, spec.cooldown, cooldownMs) ?? hourReason(granted, spec.maxRunsPerHour, nowMs);
  if (reason === undefined) return { limits: { ...limits, granted: [...granted, { workOrder, resource, atMs: nowMs, occurrence, level, playbook }], heldBack }, heldBack: undefined };
  return { limits: { ...limits, granted, heldBack: [...heldBack, { workOrder, atMs: nowMs, reason }].slice(-mostHeldBack) }, heldBack: reason };
}

type Granted = ScenarioLimits['granted'];

function cooldownReason(granted: Granted, request: LimitRequest, cooldown: string, cooldownMs: number): string | undefined {
  const { resource, resourceName, nowMs } = request;
  const last = granted.findLast((one) => one.resource === resource && nowMs - one.atMs < cooldownMs && !isStronger(request, one));
  return last && `it acted on ${resourceName} ${formatDuration(roundSeconds(nowMs - last.atMs))} ago, and its cooldown is ${cooldown}`;
}

function isStronger({ occurrence, level, playbook }: LimitRequest, before: Granted[number]): boolean {
  return before.occurrence === occurrence && before.level !== level && before.playbook !== playbook;
}

function hourReason(granted: Granted, maxRunsPerHour: number, nowMs: number): string | undefined {
  const lately = granted.filter((one) => nowMs - one.atMs < hourMs).length;
  return lately >= maxRunsPerHour ? `it opened ${lately} work orders within the last hour, and maxRunsPerHour is ${maxRunsPerHour}` : undefined;
}

function roundSeconds(ms: number): number {
  return Math.max(0, Math.round(ms / 1_000) * 1_000);
}
