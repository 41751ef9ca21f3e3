import type { Aggregate } from '@opsloop/contracts';

export const explorerAggregates = ['avg', 'max', 'min', 'last', 'sum', 'count'] as const satisfies readonly Aggregate[];

/** What the metrics page shows, as its address says it. Lists are separated by commas, labels are `key:value`. */
export interface ExplorerSearch {
  readonly metrics?: string;
  readonly resources?: string;
  readonly labels?: string;
  readonly aggregate?: string;
  readonly group?: string;
  readonly range?: string;
}

const keys = ['metrics', 'resources', 'labels', 'aggregate', 'group', 'range'] as const;

export function readExplorer(search: Readonly<Record<string, unknown>>): ExplorerSearch {
  return Object.fromEntries(keys.flatMap((key) => (typeof search[key] === 'string' && search[key] !== '' ? [[key, search[key]]] : [])));
}

export function listOf(text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split(',').filter((part) => part !== '');
}

export function aggregatesOf(text: string | undefined): readonly Aggregate[] {
  const known = listOf(text).filter((one): one is Aggregate => (explorerAggregates as readonly string[]).includes(one));
  return known.length > 0 ? known : ['avg'];
}

/** `path:/,region:kr` -> { path: '/', region: 'kr' }. A value may hold colons, not commas. */
export function labelsOf(text: string | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(listOf(text).flatMap((part) => {
    const colon = part.indexOf(':');
    return colon > 0 && colon < part.length - 1 ? [[part.slice(0, colon), part.slice(colon + 1)]] : [];
  }));
}

export function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels).map(([key, value]) => `${key}:${value}`).join(',');
}
