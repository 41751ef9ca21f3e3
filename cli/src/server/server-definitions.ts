import type { DefinitionAnswer, Me } from '@opsloop/contracts';
import { definitionFolders, kindsInOrder, type StoredDefinition } from '@opsloop/domain';
import type { ApiClient } from './api-client.js';

/** Every definition of the server, in the order in which they need each other. */
export async function listDefinitions(api: ApiClient): Promise<DefinitionAnswer[]> {
  const lists: DefinitionAnswer[] = [];
  for (const kind of kindsInOrder) lists.push(...(await api.list<DefinitionAnswer>(definitionFolders[kind])));
  return lists;
}

export function toStored({ kind, name, deleted, managedBy, definition }: DefinitionAnswer): StoredDefinition {
  return { kind, name, deleted, managedBy, versions: [{ definition: definition as StoredDefinition['versions'][number]['definition'] }] };
}

/** Width of the server's base windows, ms: policy windows are multiples of it. */
export async function baseWindowOf(api: ApiClient): Promise<number> {
  return (await api.get<Me>('me')).windowMs;
}
