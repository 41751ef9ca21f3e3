import type { Comparison, Filter, FindOptions, PageEnd, QueriedCollection, ReadCondition, Scalar } from '@opsloop/ports';
import { checkSort, readFilter } from '@opsloop/ports';
import { pathOf } from './stored-document.js';

/** A query in MongoDB's language. */
export type Query = Readonly<Record<string, unknown>>;

const operators: Readonly<Record<Comparison, string>> = { gte: '$gte', gt: '$gt', lte: '$lte', lt: '$lt' };

/** MongoDB compares as the port asks: null equals missing, ranges stay within the kind of their bound, 1 is not true. */
export function toQuery(collection: QueriedCollection, filter: Filter): Query {
  return all(readFilter(collection, filter).map(toCondition));
}

/** Every one must hold. */
export function all(queries: readonly Query[]): Query {
  const conditions = queries.filter((one) => Object.keys(one).length > 0);
  return conditions.length === 0 ? {} : conditions.length === 1 ? conditions[0]! : { $and: conditions };
}

/** Ties are ordered by id, ascending. */
export function toOrder(collection: QueriedCollection, sort: FindOptions['sort']): Record<string, 1 | -1> {
  checkSort(collection, sort);
  const direction = sort?.direction === 'desc' ? -1 : 1;
  return !sort || sort.field === 'id' ? { _id: direction } : { [pathOf(sort.field)]: direction, _id: 1 };
}

/** What comes behind the end of a page in the order of a sort. Null comes before numbers, strings and booleans. */
export function toBehind(sort: FindOptions['sort'], { value, id }: PageEnd): Query {
  if (!sort || sort.field === 'id') return { _id: sort?.direction === 'desc' ? { $lt: id } : { $gt: id } };
  const path = pathOf(sort.field);
  const tie = { [path]: value, _id: { $gt: id } };
  const rank = kinds.findIndex(({ holds }) => holds(value));
  const beyond = sort.direction === 'asc' ? kinds.slice(rank + 1) : kinds.slice(0, rank);
  const same = value === null ? [] : [{ [path]: { [sort.direction === 'asc' ? '$gt' : '$lt']: value } }];
  return { $or: [tie, ...same, ...beyond.map(({ query }) => ({ [path]: query }))] };
}

/** The kinds of values in their order, each with what finds all of its values. */
const kinds: readonly { holds(value: Scalar): boolean; readonly query: unknown }[] = [
  { holds: (value) => value === null, query: null },
  { holds: (value) => typeof value === 'number', query: { $gte: -Number.MAX_VALUE } },
  { holds: (value) => typeof value === 'string', query: { $gte: '' } },
  { holds: (value) => typeof value === 'boolean', query: { $gte: false } },
];

function toCondition(condition: ReadCondition): Query {
  const path = pathOf(condition.field);
  if (condition.kind === 'in') return { [path]: { $in: condition.values } };
  if (condition.kind === 'range') return all(condition.bounds.map(({ comparison, value }) => ({ [path]: { [operators[comparison]]: value } })));
  return { [path]: condition.value };
}
