import { maxFieldDepth, maxFieldLength, maxFieldNameLength, maxFields } from './log-limits.js';

export interface FlatFields {
  readonly fields: Map<string, string>;
  /** Some were too many, or too long to keep whole. */
  readonly isCut: boolean;
}

/** An object's values by their names, those of inner objects joined by dots: `{ kubernetes: { host: 'a' } }` -> `kubernetes.host`. Null is nothing. */
export function flattenFields(value: object): FlatFields {
  const fields = new Map<string, string>();
  let isCut = false;

  function add(name: string, text: string): void {
    if (fields.size >= maxFields || name.length > maxFieldNameLength) isCut = true;
    else fields.set(name, text.length > maxFieldLength ? text.slice(0, maxFieldLength) : text);
    if (text.length > maxFieldLength) isCut = true;
  }

  function walk(inner: object, prefix: string, depth: number): void {
    for (const [key, one] of Object.entries(inner) as [string, unknown][]) {
      if (one === null || one === undefined || one === '') continue;
      const name = prefix + key;
      if (typeof one !== 'object') add(name, String(one));
      else if (Array.isArray(one) || depth >= maxFieldDepth) add(name, JSON.stringify(one));
      else walk(one, `${name}.`, depth + 1);
    }
  }

  walk(value, '', 1);
  return { fields, isCut };
}
