import type { Attributes, Labels } from '../measure/resource.js';
import type { Tier } from '../measure/tier.js';
import type { Aggregate } from '../measure/aggregate.js';
import type { Metric } from '../catalogue/metric.js';
import type { DeadLetter, ResourceRecord, Scope, Token } from '../record/access.js';
import type { Level } from '../definition/policy.js';
import type { DefinitionRecord, DefinitionVersion } from '../definition/definition.js';
import type { Job, Run, Target, WorkOrder } from '../record/work-order.js';
import type { Alarm } from '../record/alarm.js';
import type { Notice } from '../record/notice.js';
import type { Api } from './to-api.js';

/** Shapes of the API's answers beyond the plain records. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}

/** GET /api/v1/me */
export interface Me {
  readonly tenant: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly mail: 'smtp' | 'outbox';
  readonly windowMs: number;
  readonly demo: boolean;
}

/** GET resources, resources/{id} */
export type ResourceAnswer = Api<ResourceRecord> & { readonly level: Level | null; readonly openAlarms: number };

/** GET query */
export interface QueryAnswer {
  readonly metric: string;
  readonly unit: string;
  readonly tier: Tier;
  readonly stepMs: number;
  readonly series: readonly {
    readonly resource: string;
    readonly resourceName: string;
    readonly labels: Labels;
    readonly aggregate: Aggregate;
    readonly points: readonly (readonly [number, number | null])[];
  }[];
}

/** GET top */
export interface TopAnswer {
  readonly metric: string;
  readonly unit: string;
  readonly tier: Tier;
  readonly items: readonly { readonly resource: string; readonly resourceName: string; readonly labels: Labels; readonly attributes: Attributes; readonly value: number }[];
}

/** GET policies, scenarios, playbooks, receivers: the version in force, and with /{name} all kept versions. */
/** Of a schedule: its next times, and what became of those that passed. */
export interface ScheduleAnswer {
  readonly upcoming: readonly string[];
  readonly opened: number;
  readonly missed: number;
  readonly lastAt?: string;
  readonly lastWorkOrder?: string;
  readonly lastProblem?: string;
}

export type DefinitionAnswer = Omit<Api<DefinitionRecord>, 'versions'> & Api<DefinitionVersion> & { readonly versions?: readonly Api<DefinitionVersion>[]; readonly schedule?: ScheduleAnswer };

/** GET alarms/{id} */
export type AlarmAnswer = Api<Alarm> & { readonly notices: readonly Api<Notice>[]; readonly workOrderDetails: readonly Api<WorkOrder>[] };

/** GET work-orders/{id}: with every run, newest first. */
export type WorkOrderAnswer = Api<WorkOrder> & { readonly runDetails: readonly Api<Run>[] };

/** GET work-orders/{id}/log?run&target&step&attempt&after */
export interface LogAnswer {
  readonly items: readonly { readonly id: string; readonly at: string; readonly target: string; readonly job: number; readonly step: string; readonly attempt: number; readonly stream: 'stdout' | 'stderr'; readonly text: string }[];
  readonly nextCursor?: string;
}

/** GET metrics: the catalogue, and every metric that was measured though the catalogue does not know it. */
export type MetricAnswer = Metric & { readonly seen: boolean };

/** POST policies/plan with YAML: what would change, or what is wrong and where. Lines and columns count from 1. */
export interface PlanAnswer {
  readonly items: readonly { readonly kind: string; readonly name: string; readonly action: 'create' | 'change' | 'unchanged'; readonly changes: readonly { readonly path: string; readonly before: unknown; readonly after: unknown }[] }[];
  readonly errors: readonly { readonly line: number; readonly column: number; readonly path: string; readonly message: string }[];
}

/** POST work-orders. Without `playbookVersion` the newest one is taken; `approval` may only be stricter than what the playbook asks. */
export interface WorkOrderRequest {
  readonly type: WorkOrder['type'];
  readonly title: string;
  readonly content?: string;
  readonly targets: readonly (Pick<Target, 'id' | 'name'> & Partial<Target>)[];
  readonly jobs: readonly (Pick<Job, 'playbook' | 'inputs'> & Partial<Pick<Job, 'order' | 'playbookVersion'>>)[];
  readonly approval?: WorkOrder['approval'];
  readonly desiredAt?: string;
}

/** GET tokens */
export type TokenAnswer = Omit<Api<Token>, 'hash'>;

/** POST tokens: the only time that the secret is told. */
export interface TokenSecret {
  readonly name: string;
  readonly secret: string;
}

/** POST simulate: the policy whose alarm will open, and what is going to happen. */
export interface SimulateAnswer {
  readonly alarmPolicy: string;
  readonly text: string;
}

/** GET dead-letters */
export type DeadLetterAnswer = Api<DeadLetter>;
