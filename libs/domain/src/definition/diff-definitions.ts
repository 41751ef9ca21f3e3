import type { Definition } from '@opsloop/contracts';

export interface DefinitionChange {
  /** Field path, for example `spec.threshold.warn`; empty for the definition as a whole. */
  readonly path: string;
  /** undefined: was not there. */
  readonly before: unknown;
  /** undefined: is not there any more. */
  readonly after: unknown;
}

/** The fields in which two definitions differ, ascending by path. Lists are compared as a whole unless both are of maps. */
export function diffDefinitions(before: Definition | null, after: Definition | null): DefinitionChange[] {
  if (before === null || after === null) return before === after ? [] : [{ path: '', before: before ?? undefined, after: after ?? undefined }];
  const changes: DefinitionChange[] = [];
  collect(before, after, '', changes);
  return changes.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function collect(before: unknown, after: unknown, path: string, changes: DefinitionChange[]): void {
  if (isMap(before) && isMap(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) collect(before[key], after[key], path === '' ? key : `${path}.${key}`, changes);
    return;
  }
  if (Array.isArray(before) && Array.isArray(after) && [...before, ...after].every(isMap)) {
    for (let i = 0; i < Math.max(before.length, after.length); i++) collect(before[i], after[i], `${path}.${i}`, changes);
    return;
  }
  if (!isSame(before, after)) changes.push({ path, before, after });
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, index) => isSame(one, b[index]));
  if (!isMap(a) || !isMap(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]));
}
