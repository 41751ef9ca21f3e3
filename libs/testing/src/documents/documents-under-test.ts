import type { CollectionSpec, Documents } from '@opsloop/ports';

/** Documents on data of their own, and what a suite may do to them. */
export interface DocumentsUnderTest {
  /** The ones that are open now: others after `reopen`. */
  readonly documents: Documents;
  reopen(): Promise<void>;
  /** Stops them and deletes the data. */
  destroy(): Promise<void>;
  /** Lets that much time pass on the engine's clock. */
  skip(ms: number): Promise<void> | void;
  /** What an operator does before a version starts that declares more; left out where the engine does it by itself. */
  migrate?(specs: readonly CollectionSpec[]): Promise<void>;
}

export type CreateDocuments = () => Promise<DocumentsUnderTest>;

/** The kind of document that the suite stores. */
export interface Machine {
  readonly id: string;
  readonly tenant: string;
  readonly serial?: string;
  readonly state?: string;
  readonly rank?: number | string | boolean | null;
  readonly up?: boolean;
  readonly slot?: number;
  /** Not declared: anything goes. */
  readonly note?: unknown;
}

export const machines = { name: 'suite-machines', unique: [['serial'], ['tenant', 'slot']], indexes: [['tenant', 'state'], ['rank'], ['state', 'rank'], ['up']] } as const;

export function machine(name: string | number, rest: Partial<Machine> = {}): Machine {
  return { id: `default/${name}`, tenant: 'default', ...rest };
}
