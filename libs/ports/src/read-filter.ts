import { isScalar } from './document-rules.js';
import type { Condition, Filter, FindOptions, Scalar } from './documents.js';
import { EngineError } from './engine-error.js';

export type Comparison = 'gte' | 'gt' | 'lte' | 'lt';

/** One condition of a filter, checked. A range compares within the kind of its bound: strings with strings alone. */
export type ReadCondition = { readonly field: string } & (
  | { readonly kind: 'equals'; readonly value: Scalar }
  | { readonly kind: 'in'; readonly values: readonly Scalar[] }
  | { readonly kind: 'range'; readonly bounds: readonly { readonly comparison: Comparison; readonly value: string | number | boolean }[] }
);

export interface QueriedCollection {
  readonly name: string;
  /** See `declaredFields`. */
  readonly fields: readonly string[];
}

const comparisons: readonly string[] = ['gte', 'gt', 'lte', 'lt'];
const valuesAtMost = 1_000;

/** The conditions of a filter, all of which must hold. Refuses fields that are not declared: without an index a query is a scan of everything. */
export function readFilter(collection: QueriedCollection, filter: Filter): ReadCondition[] {
  return Object.entries(filter).filter(([, condition]) => condition !== undefined).map(([field, condition]) => readCondition(collection, field, condition));
}

/** Refuses a sort by a field that is not declared. */
export function checkSort(collection: QueriedCollection, sort: FindOptions['sort']): void {
  if (sort) checkDeclared(collection, sort.field);
}

function readCondition(collection: QueriedCollection, field: string, condition: Condition): ReadCondition {
  checkDeclared(collection, field);
  const wrong = (what: string): never => refuse(`collection ${collection.name}, filter on ${field}: ${what}`);
  if (isScalar(condition)) return { field, kind: 'equals', value: condition };
  if (typeof condition !== 'object') return wrong('must be a string, a finite number, a boolean, null, { in } or a range');
  if ('in' in condition) {
    const values: readonly unknown[] = Array.isArray(condition.in) ? condition.in : wrong('in must be a list');
    if (values.length > valuesAtMost) wrong(`in has ${values.length} values, at most ${valuesAtMost} are allowed`);
    if (!values.every(isScalar)) wrong('in must list strings, finite numbers, booleans or null');
    return { field, kind: 'in', values: values.filter(isScalar) };
  }
  const bounds = Object.entries(condition).filter(([, bound]) => bound !== undefined);
  if (bounds.length === 0) wrong('is empty: write a value, { in }, or a range of gte, gt, lte, lt');
  return {
    field, kind: 'range',
    bounds: bounds.map(([name, bound]) => {
      if (!comparisons.includes(name)) wrong(`does not know ${name}: write gte, gt, lte, lt or in`);
      if (!isScalar(bound) || bound === null) return wrong(`${name} must be a string, a finite number or a boolean`);
      return { comparison: name as Comparison, value: bound };
    }),
  };
}

function checkDeclared({ name, fields }: QueriedCollection, field: string): void {
  if (field !== 'id' && !fields.includes(field)) refuse(`collection ${name} declares no index on ${field}: it filters and sorts by ${['id', ...fields].join(', ')} only`);
}

function refuse(message: string): never {
  throw new EngineError(message, { retryable: false });
}
