import type { CompiledPolicy } from '../compiled-policy.js';

export type EarlyDirection = 'up' | 'down';

const known = new WeakMap<CompiledPolicy, EarlyDirection | 'none'>();

/**
 * Which way a sample must lie beyond a threshold to decide the policy's window before it ends: up for MAX above, down
 * for MIN below, and either for LAST that needs no hold, where each sample counts as it comes. Undefined where the rest
 * of a window can still decide otherwise.
 */
export function earlyDirection(policy: CompiledPolicy): EarlyDirection | undefined {
  let direction = known.get(policy);
  if (direction === undefined) known.set(policy, (direction = work(policy)));
  return direction === 'none' ? undefined : direction;
}

function work({ kind, aggregate, holdMs, thresholds }: CompiledPolicy): EarlyDirection | 'none' {
  if (kind !== 'threshold') return 'none';
  const isEach = aggregate === 'LAST' && holdMs === 0;
  const all = (sign: string): boolean => thresholds.every(({ comparison }) => comparison?.operator.startsWith(sign));
  if ((aggregate === 'MAX' || isEach) && all('>')) return 'up';
  if ((aggregate === 'MIN' || isEach) && all('<')) return 'down';
  return 'none';
}
