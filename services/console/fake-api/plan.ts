import { definitionSchema, type DefinitionRecord, type PlanAnswer } from '@opsloop/contracts';
import { isNode, parseAllDocuments } from 'yaml';
import { cronProblem } from './schedules.js';

/** What applying a text would change, or what is wrong and where. */
export function planText(text: string, definitions: readonly DefinitionRecord[]): PlanAnswer {
  const items: PlanAnswer['items'][number][] = [];
  const errors: PlanAnswer['errors'][number][] = [];
  const at = (offset: number): { line: number; column: number } => {
    const before = text.slice(0, offset).split('\n');
    return { line: before.length, column: before.at(-1)!.length + 1 };
  };
  const documents = parseAllDocuments(text);
  for (const document of 'empty' in documents ? [] : documents) {
    for (const error of document.errors) errors.push({ ...at(error.pos[0]), path: '', message: error.message.split('\n')[0]! });
    if (document.errors.length > 0) continue;
    const parsed = definitionSchema.safeParse(document.toJS());
    if (!parsed.success) {
      for (const issue of parsed.error.issues) {
        const place = [...issue.path];
        let node = document.getIn(place as string[], true);
        while (!isNode(node) && place.length > 0) node = document.getIn(place.slice(0, -1) as string[], (place.pop(), true));
        errors.push({ ...at(isNode(node) ? (node.range?.[0] ?? 0) : 0), path: issue.path.join('.'), message: issue.message });
      }
      continue;
    }
    const wrong = parsed.data.kind === 'Schedule' ? cronProblem(parsed.data.spec.cron) : undefined;
    if (wrong !== undefined) {
      const node = document.getIn(['spec', 'cron'], true);
      errors.push({ ...at(isNode(node) ? (node.range?.[0] ?? 0) : 0), path: 'spec.cron', message: wrong });
      continue;
    }
    const { kind, metadata } = parsed.data;
    const present = definitions.find((one) => one.kind === kind && one.name === metadata.name && !one.deleted);
    const before = flatten(present?.versions.at(-1)?.definition ?? {});
    const after = flatten(parsed.data);
    const changes = [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path)).map((path) => ({ path, before: before.get(path), after: after.get(path) }));
    items.push({ kind, name: metadata.name, action: present ? (changes.length > 0 ? 'change' : 'unchanged') : 'create', changes });
  }
  return { items, errors };
}

function flatten(value: unknown, path = '', into = new Map<string, unknown>()): Map<string, unknown> {
  if (value !== null && typeof value === 'object') for (const [key, field] of Object.entries(value)) flatten(field, path === '' ? key : `${path}.${key}`, into);
  else into.set(path, value);
  return into;
}
