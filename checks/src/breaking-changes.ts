type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * What a reader of `before` could no longer rely on in `after` (two JSON Schemas): fields or choices that vanished,
 * types that changed, fields that became required. New optional fields are no break.
 */
export function findBreakingChanges(before: Json, after: Json, at = ''): string[] {
  if (!isObject(before) || !isObject(after)) return [];
  const changes: string[] = [];
  if (JSON.stringify(before['type']) !== JSON.stringify(after['type'])) changes.push(`${at || 'the root'} was ${String(before['type'])} and is ${String(after['type'])}`);
  if (before['const'] !== undefined && before['const'] !== after['const']) changes.push(`${at} was always ${String(before['const'])}`);
  for (const choice of list(before['enum'])) if (!list(after['enum']).includes(choice)) changes.push(`${at} no longer takes ${String(choice)}`);
  const properties = object(before['properties']);
  for (const [name, schema] of Object.entries(properties)) {
    const now = object(after['properties'])[name];
    if (now === undefined) changes.push(`${at}/${name} is gone`);
    else changes.push(...findBreakingChanges(schema, now, `${at}/${name}`));
  }
  for (const name of list(after['required'])) if (!list(before['required']).includes(name)) changes.push(`${at}/${String(name)} became required`);
  for (const key of ['items', 'additionalProperties']) if (isObject(before[key])) changes.push(...findBreakingChanges(before[key], after[key] ?? null, `${at}/${key}`));
  for (const key of ['anyOf', 'oneOf', 'allOf']) for (const [index, branch] of list(before[key]).entries()) {
    const now = list(after[key])[index];
    if (now === undefined) changes.push(`${at}: choice ${index + 1} is gone`);
    else changes.push(...findBreakingChanges(branch, now, `${at}[${index}]`));
  }
  return changes;
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function object(value: Json | undefined): { [key: string]: Json } {
  return isObject(value) ? value : {};
}

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
