/** Whether a proven repair is ours: what others did without it says so. */
import type { Labels } from '@opsloop/contracts';
import type { CompiledPolicy } from '../policy/compiled-policy.js';
import type { BaseSeries } from './fold-windows.js';
import type { TargetVerification } from './judge-target.js';
import { judgedWindows, lastBefore, type JudgedWindow } from './judged-windows.js';

/** A resource that the same policy watches and that nobody treated. */
export interface Peer {
  readonly name: string;
  /** From `measuredFromMs` on, like those of the target. */
  readonly series: readonly BaseSeries[];
}

export interface RepairMeasurements {
  readonly policy: CompiledPolicy;
  /** Width of the base windows, ms. */
  readonly baseMs: number;
  readonly target: readonly BaseSeries[];
  /** Only these labels count, on the target and on its peers: those of the alarm. Undefined: every series that the policy watches. */
  readonly labels?: Labels | undefined;
  /** Start of the first run, ms since the epoch. */
  readonly brokenUntilMs: number;
  readonly peers: readonly Peer[];
}

/** So many policy windows apart, two recoveries are still at the same time. */
const sameTimeWindows = 2;
const mostNamed = 3;

/**
 * Turns `verified` into `self-healed` when untreated peers recovered at the same time: of those that were broken just
 * before the run, as the target was, at least half went good within two policy windows of the target, and stayed good up
 * to the proof. One that stays broken speaks for the repair; without any broken peer nothing is said.
 */
export function creditRepair(verdict: TargetVerification, measured: RepairMeasurements): TargetVerification {
  const proofEndMs = verdict.evidence.at(-1)?.endMs;
  if (verdict.outcome !== 'verified' || proofEndMs === undefined) return verdict;
  const { policy } = measured;
  const of = (series: readonly BaseSeries[]): Recovery | undefined => recoveryOf(judgedWindows({ ...measured, series, storedToMs: proofEndMs }).filter((one) => one.endMs <= proofEndMs), measured);
  const own = of(measured.target)?.atMs;
  if (own === undefined) return verdict;
  const broken = measured.peers.flatMap((peer) => {
    const recovery = of(peer.series);
    return recovery ? [{ name: peer.name, atMs: recovery.atMs }] : [];
  });
  const healed = broken.filter(({ atMs }) => atMs !== undefined && Math.abs(atMs - own) <= sameTimeWindows * policy.windowMs);
  if (healed.length === 0 || healed.length * 2 < broken.length) return verdict;
  return { ...verdict, outcome: 'self-healed', reason: `${listed(healed.map((one) => one.name))} recovered at the same time without being treated: ${healed.length} of ${broken.length} that ${policy.name} found broken` };
}

interface Recovery {
  /** Start of the first window since which all are good; undefined: it is still broken. */
  readonly atMs: number | undefined;
}

/** Undefined: it was not broken when the run began, or nobody measured it then. */
function recoveryOf(windows: readonly JudgedWindow[], { brokenUntilMs, policy }: RepairMeasurements): Recovery | undefined {
  const before = lastBefore(windows, brokenUntilMs, policy.windowMs);
  if (!before || before.ok) return undefined;
  const lastBad = windows.findLastIndex((one) => !one.ok);
  return { atMs: windows[lastBad + 1]?.startMs };
}

function listed(names: readonly string[]): string {
  const more = names.length - mostNamed;
  return `${names.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
