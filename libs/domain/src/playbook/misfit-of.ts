import { versionConditions, type PlaybookSpec, type Target } from '@opsloop/contracts';

/**
 * Why a playbook is not for a target; undefined when it is. Only what both sides say is compared. `versions` is `*`, or
 * conditions that must all hold, apart by blanks: `>=1.20 <2`, or `1.24` for every version that begins so.
 */
export function misfitOf(spec: PlaybookSpec, target: Target): string | undefined {
  const wanted = spec.for;
  if (!wanted) return undefined;
  for (const key of ['class', 'category', 'software'] as const) {
    const [left, right] = [wanted[key], target[key]];
    if (left !== undefined && right !== undefined && left.toLowerCase() !== right.toLowerCase()) return `is for ${key} ${left}, and ${target.name} is ${right}`;
  }
  if (wanted.versions === undefined || target.version === undefined) return undefined;
  return versionConditions(wanted.versions).every((one) => holds(one, target.version!)) ? undefined : `is for versions ${wanted.versions}, and ${target.name} has ${target.version}`;
}

function holds(condition: string, version: string): boolean {
  const match = /^(>=|<=|>|<|=)?(.+)$/.exec(condition)!;
  const wanted = numbers(match[2]!);
  const actual = numbers(version);
  switch (match[1]) {
    case '>=': return compare(actual, wanted) >= 0;
    case '<=': return compare(actual.slice(0, wanted.length), wanted) <= 0;
    case '>': return compare(actual.slice(0, wanted.length), wanted) > 0;
    case '<': return compare(actual, wanted) < 0;
    default: return compare(actual.slice(0, wanted.length), wanted) === 0;
  }
}

/** `1.24.0-r1` -> [1, 24, 0, 1]. */
function numbers(version: string): readonly number[] {
  return (version.match(/\d+/g) ?? []).map(Number);
}

function compare(left: readonly number[], right: readonly number[]): number {
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
