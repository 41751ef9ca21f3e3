import type { Labels } from '@opsloop/contracts';

/** What the owner of a group is told of one resource: it changed, it is repeated now and then, or it is gone. */
export interface MemberReport {
  readonly tenant: string;
  readonly policy: string;
  /** The attributes that make the group, with their values. */
  readonly group: Labels;
  readonly resource: string;
  readonly resourceName: string;
  /** Undefined: the resource is gone. */
  readonly counts: boolean | undefined;
  /** End of the window that decided, event time, ms. */
  readonly endMs: number;
  /** Arrival clock of its partition when it was decided, ms. */
  readonly arrivalMs: number;
}
