/** What crosses between the main thread and a worker: one answer for each request, matched by number. */

export interface Call<Request> {
  readonly call: number;
  readonly request: Request;
}

export type Answer<Reply> =
  | { readonly call: number; readonly reply: Reply }
  | { readonly call: number; readonly failure: Failure };

/** An EngineError in a form that can be cloned. */
export interface Failure {
  readonly message: string;
  readonly retryable: boolean;
}

/** The number of the answer that a worker sends unasked when its file is open. */
export const openedCall = 0;

/** Part of every worker's data. */
export interface CutOff {
  /** One number that both threads see; 1: whatever still waits stays undone, the worker closes its file and ends. */
  readonly cutOff: Int32Array<SharedArrayBuffer>;
}
