import { definitionSchema } from '@opsloop/contracts';
import type { Documents, Filter, FindOptions } from '@opsloop/ports';
import { createSystemClock } from '@opsloop/runtime';
import { createPlaybookCatalogue } from './playbook-catalogue.js';

const names = ['a', 'b', 'c', 'd', 'e'];

/** Pages of two, as of playbooks with long histories. */
const documents = {
  collection: () => ({
    async find(_filter: Filter, { cursor }: FindOptions = {}) {
      const from = Number(cursor ?? 0);
      const items = names.slice(from, from + 2).map((name) => ({ doc: { name, versions: [{ definition: definitionSchema.parse({ apiVersion: 'opsloop/v1', kind: 'Playbook', metadata: { name }, spec: { steps: [{ id: 'a', uses: 'local', run: ['true'] }] } }) }] }, version: 1 }));
      return { items, ...(from + 2 < names.length && { nextCursor: String(from + 2) }) };
    },
  }),
} as unknown as Documents;

it('knows every playbook, on however many pages', async () => {
  const { playbooks } = createPlaybookCatalogue({ documents, clock: createSystemClock() });
  expect((await playbooks('t')).map((one) => one.name)).toEqual(names);
});
