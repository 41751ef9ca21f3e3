import type { WorkOrder, WorkOrderBody } from '@opsloop/contracts';
import { announceWorkOrder } from './announce-work-order.js';
import { checkJobs, type AskedJob, type OrderProblem } from './job-problems.js';
import { addEntries } from './move-work-order.js';

export interface NewWorkOrder {
  /** tenant/... and new. */
  readonly id: string;
  readonly tenant: string;
  readonly requester: string;
  /** Default: a person. */
  readonly origin?: 'person' | 'schedule';
  readonly request: WorkOrderBody;
  /** The playbook of each job, in the order of `request.jobs`; undefined: there is none of that name and version. */
  readonly playbooks: readonly (Pick<AskedJob, 'playbook' | 'playbookVersion'> | undefined)[];
  /** Wall clock, ms since the epoch. */
  readonly nowMs: number;
}

export type CreatedWorkOrder = { readonly order: WorkOrder } | { readonly problems: readonly OrderProblem[] };

/** A person's order: checked whole, then a draft, or requested. It runs when a person starts it. */
export function newWorkOrder({ id, tenant, requester, origin = 'person', request, playbooks, nowMs }: NewWorkOrder): CreatedWorkOrder {
  const asked: AskedJob[] = [];
  const problems: OrderProblem[] = [];
  for (const [index, job] of request.jobs.entries()) {
    const found = playbooks[index];
    const named = job.playbookVersion === undefined ? job.playbook : `${job.playbook} version ${job.playbookVersion}`;
    if (found) asked.push({ ...found, order: job.order ?? index + 1, inputs: job.inputs });
    else problems.push({ at: `jobs.${index}.playbook`, message: `there is no playbook ${named}` });
  }
  if (problems.length > 0) return { problems };
  const checked = checkJobs(asked, request.targets);
  if ('problems' in checked) return checked;
  const { type, title, content, service, ticket, assignee, desiredAt, receivers } = request;
  const specs = checked.jobs.map((one) => one.playbook.spec);
  const sop = request.sop ?? specs.find((one) => one.sop !== undefined)?.sop;
  const state = request.draft ? 'draft' : 'requested';
  const order: WorkOrder = {
    ...emptyWorkOrder,
    id,
    tenant,
    type,
    origin,
    title,
    content,
    ticket,
    state,
    approval: request.approval === 'required' || specs.some((one) => one.approval === 'required') ? 'required' : 'none',
    targets: request.targets,
    jobs: checked.jobs.map((one) => ({ order: one.order, playbook: one.playbook.metadata.name, playbookVersion: one.playbookVersion, inputs: one.inputs })),
    requester,
    createdAtMs: nowMs,
    changedAtMs: nowMs,
    ...(service !== undefined && { service }),
    ...(assignee !== undefined && { assignee }),
    ...(receivers.length > 0 && { receivers }),
    ...(sop !== undefined && { sop }),
    ...(desiredAt !== undefined && { desiredAtMs: Date.parse(desiredAt) }),
  };
  const text = request.draft ? `drafted by ${requester}` : `requested by ${requester}`;
  const noted = addEntries(order, [{ atMs: nowMs, what: `work-order.${state}`, text, ref: id, by: requester }]);
  return { order: announceWorkOrder(noted, { previousState: undefined, by: requester, reason: text }, { nowMs, version: 0 }) };
}

/** What every new order has not got yet. */
export const emptyWorkOrder = {
  runs: [],
  runNumber: 0,
  targetStates: [],
  cancelRequested: false,
  timeline: [],
  trace: {},
  pendingEvents: [],
  hasPendingEvents: false,
} satisfies Partial<WorkOrder>;
