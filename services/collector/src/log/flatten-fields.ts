import { maxFieldDepth, maxFieldLength, maxFieldNameLength, maxFields } from './log-limits.js';

export interface FlatFields {
  readonly fields: Map<string, string>;
  /** Some were too many, or too long to keep whole. */
  readonly isCut: boolean;
}

/**
 * An object's values by their names, those of inner objects joined by dots: `{ kubernetes: { host: 'a' } }` ->
 * `kubernetes.host`. Null is nothing. `kept` are never too many, wherever they stand.
 */
export function flattenFields(value: object, kept: ReadonlySet<string>): FlatFields {
  const fields = new Map<string, string>();
  let others = 0;
  let isCut = false;

  function add(name: string, one: unknown): void {
    const isKept = kept.has(name);
    if (!isKept && (others >= maxFields || name.length > maxFieldNameLength)) {
      isCut = true;
      return;
    }
    if (!isKept && !fields.has(name)) others++;
    const text = typeof one === 'object' ? JSON.stringify(one) : String(one);
    if (text.length > maxFieldLength) isCut = true;
    fields.set(name, text.slice(0, maxFieldLength));
  }

  function walk(inner: object, prefix: string, depth: number): void {
    for (const [key, one] of Object.entries(inner) as [string, unknown][]) {
      if (one === null || one === undefined || one === '') continue;
      const name = prefix + key;
      if (typeof one !== 'object' || Array.isArray(one) || depth >= maxFieldDepth) add(name, one);
      else walk(one, `${name}.`, depth + 1);
    }
  }

  walk(value, '', 1);
  return { fields, isCut };
}
