import type { Condition, Filter, FindOptions, Scalar } from '@opsloop/ports';
import { EngineError } from '@opsloop/ports';
import type { SqliteValue } from '../sqlite/open-database.js';
import { columnOf, fieldValue, isScalar } from './declared-fields.js';
import type { Clause } from './document-messages.js';

export type Sort = NonNullable<FindOptions['sort']>;

export interface QueriedCollection {
  readonly name: string;
  readonly fields: readonly string[];
}

const comparisons = { gte: '>=', gt: '>', lte: '<=', lt: '<' } as const;
const valuesAtMost = 1_000;

/** A filter as SQL. Fields that are not declared are refused: without an index a query is a scan of everything. */
export function toClause(collection: QueriedCollection, filter: Filter): Clause {
  const clauses = Object.entries(filter).filter(([, condition]) => condition !== undefined).map(([field, condition]) => toCondition(collection, field, condition));
  return clauses.length === 0 ? { sql: '1', values: [] } : all(clauses);
}

/** Both must hold. */
export function all(clauses: readonly Clause[]): Clause {
  return { sql: clauses.map(({ sql }) => `(${sql})`).join(' AND '), values: clauses.flatMap(({ values }) => values) };
}

/** The ORDER BY of a sort; ties are ordered by id, ascending. */
export function toOrder(collection: QueriedCollection, sort: Sort | undefined): string {
  if (!sort) return 'id';
  requireDeclared(collection, sort.field);
  const direction = sort.direction === 'desc' ? ' DESC' : '';
  return sort.field === 'id' ? `id${direction}` : `${columnOf(sort.field)}${direction}, id`;
}

/** What comes behind (value, id) in the order of a sort. SQLite orders null first. */
export function toBehind(sort: Sort | undefined, value: Scalar, id: string): Clause {
  if (!sort || sort.field === 'id') return { sql: sort?.direction === 'desc' ? 'id < ?' : 'id > ?', values: [id] };
  const column = columnOf(sort.field);
  const bound = fieldValue(value);
  if (sort.direction === 'asc') {
    if (bound === null) return { sql: `${column} IS NOT NULL OR id > ?`, values: [id] };
    return { sql: `${column} >= ? AND (${column} > ? OR id > ?)`, values: [bound, bound, id] };
  }
  if (bound === null) return { sql: `${column} IS NULL AND id > ?`, values: [id] };
  return { sql: `${column} IS NULL OR ${column} < ? OR (${column} = ? AND id > ?)`, values: [bound, bound, id] };
}

function toCondition(collection: QueriedCollection, field: string, condition: Condition): Clause {
  requireDeclared(collection, field);
  const column = columnOf(field);
  const wrong = (what: string) => refuse(`collection ${collection.name}, filter on ${field}: ${what}`);
  if (condition === null) return { sql: `${column} IS NULL`, values: [] };
  if (isScalar(condition)) return { sql: `${column} = ?`, values: [fieldValue(condition)] };
  if (typeof condition !== 'object') return wrong('must be a string, a finite number, a boolean, null, { in } or a range');
  if ('in' in condition) {
    const values: readonly unknown[] = Array.isArray(condition.in) ? condition.in : wrong('in must be a list');
    if (values.length > valuesAtMost) wrong(`in has ${values.length} values, at most ${valuesAtMost} are allowed`);
    if (!values.every(isScalar)) wrong('in must list strings, finite numbers, booleans or null');
    return toIn(column, values.filter(isScalar));
  }
  const bounds = Object.entries(condition).filter(([, bound]) => bound !== undefined);
  if (bounds.length === 0) wrong('is empty: write a value, { in }, or a range of gte, gt, lte, lt');
  return all(bounds.map(([name, bound]) => {
    if (!(name in comparisons)) wrong(`does not know ${name}: write gte, gt, lte, lt or in`);
    if (!isScalar(bound) || bound === null) return wrong(`${name} must be a string, a finite number or a boolean`);
    return toComparison(column, comparisons[name as keyof typeof comparisons], bound);
  }));
}

function toIn(column: string, scalars: readonly Scalar[]): Clause {
  const values = scalars.filter((one) => one !== null).map(fieldValue);
  const listed = `${column} IN (${values.map(() => '?').join(', ')})`;
  return { sql: scalars.includes(null) ? `${listed} OR ${column} IS NULL` : listed, values };
}

/** Compares within the kind of the bound: SQLite orders numbers before strings before bytes. */
function toComparison(column: string, operator: string, bound: string | number | boolean): Clause {
  const values: SqliteValue[] = [fieldValue(bound)];
  const compared = `${column} ${operator} ?`;
  if (operator.startsWith('>')) return { sql: typeof bound === 'boolean' ? compared : `${compared} AND ${column} < ${typeof bound === 'number' ? "''" : "x''"}`, values };
  return { sql: typeof bound === 'number' ? compared : `${compared} AND ${column} >= ${typeof bound === 'string' ? "''" : "x''"}`, values };
}

function requireDeclared({ name, fields }: QueriedCollection, field: string): void {
  if (field !== 'id' && !fields.includes(field)) refuse(`collection ${name} declares no index on ${field}: it filters and sorts by ${['id', ...fields].join(', ')} only`);
}

function refuse(message: string): never {
  throw new EngineError(message, { retryable: false });
}
