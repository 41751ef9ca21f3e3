import type { Comparison, Filter, FindOptions, QueriedCollection, ReadCondition, Scalar } from '@opsloop/ports';
import { checkSort, readFilter } from '@opsloop/ports';
import type { SqliteValue } from '../sqlite/open-database.js';
import { columnOf, fieldValue } from './declared-fields.js';
import type { Clause } from './document-messages.js';

type Sort = FindOptions['sort'];

const operators: Readonly<Record<Comparison, string>> = { gte: '>=', gt: '>', lte: '<=', lt: '<' };

/** A filter as SQL. */
export function toClause(collection: QueriedCollection, filter: Filter): Clause {
  const clauses = readFilter(collection, filter).map(toCondition);
  return clauses.length === 0 ? { sql: '1', values: [] } : all(clauses);
}

/** Both must hold. */
export function all(clauses: readonly Clause[]): Clause {
  return { sql: clauses.map(({ sql }) => `(${sql})`).join(' AND '), values: clauses.flatMap(({ values }) => values) };
}

/** The ORDER BY of a sort; ties are ordered by id, ascending. */
export function toOrder(collection: QueriedCollection, sort: Sort): string {
  if (!sort) return 'id';
  checkSort(collection, sort);
  const direction = sort.direction === 'desc' ? ' DESC' : '';
  return sort.field === 'id' ? `id${direction}` : `${columnOf(sort.field)}${direction}, id`;
}

/** What comes behind (value, id) in the order of a sort. SQLite orders null first. */
export function toBehind(sort: Sort, value: Scalar, id: string): Clause {
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

function toCondition(condition: ReadCondition): Clause {
  const column = columnOf(condition.field);
  if (condition.kind === 'in') return toIn(column, condition.values);
  if (condition.kind === 'range') return all(condition.bounds.map(({ comparison, value }) => toComparison(column, operators[comparison], value)));
  return condition.value === null ? { sql: `${column} IS NULL`, values: [] } : { sql: `${column} = ?`, values: [fieldValue(condition.value)] };
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
