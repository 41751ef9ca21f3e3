import type { Schedule } from '@opsloop/contracts';
import { parseAllDocuments } from 'yaml';

type Order = Schedule['spec']['workOrder'];
type Job = Order['jobs'][number];

/** A scheduled order as it is written: what has a default may be left out. */
export type DraftOrder = Pick<Order, 'type' | 'title'> & Partial<Pick<Order, 'content' | 'approval' | 'receivers'>> & {
  readonly targets: readonly Pick<Order['targets'][number], 'id' | 'name' | 'resource'>[];
  readonly jobs: readonly (Pick<Job, 'playbook' | 'playbookVersion'> & Partial<Pick<Job, 'inputs'>>)[];
};

/** The order of the schedule in a text that the server found without faults. */
export function draftOrder(faultless: string | undefined): DraftOrder | undefined {
  const documents = parseAllDocuments(faultless ?? '', { logLevel: 'silent' });
  if ('empty' in documents) return undefined;
  const schedule = documents.find((document) => document.get('kind') === 'Schedule')?.toJS() as Schedule | undefined;
  return schedule?.spec.workOrder;
}
