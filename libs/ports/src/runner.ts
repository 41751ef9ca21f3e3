/** Executes one attempt of one step on one target. One vendor each; retries and decisions stay with the executor. */

export interface RunnerTarget {
  readonly id: string;
  readonly name: string;
  /** Address and vendor settings of the target (host, port, base URL...). */
  readonly address: Readonly<Record<string, string>>;
}

export interface StepCall {
  /** Same key, same attempt: handed to vendors that know idempotency keys. */
  readonly idempotencyKey: string;
  readonly target: RunnerTarget;
  /** local, ssh: the argument list; http: method, path and body are in `options`. Never a shell string. */
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly timeoutMs: number;
}

export interface OutputChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

export type FailureReason =
  | 'host-not-found' | 'connection-timeout' | 'connection-refused' | 'authentication'
  | 'command-not-found' | 'non-zero-exit' | 'http-status' | 'timed-out' | 'cancelled' | 'output-limit' | 'other';

export interface StepOutcome {
  readonly state: 'ok' | 'changed' | 'failed' | 'unreachable' | 'timed-out' | 'cancelled';
  readonly exitCode?: number;
  readonly reason?: FailureReason;
  readonly detail?: string;
}

export interface Runner {
  readonly name: string;
  /** Resolves with what happened; rejects only for a fault of ours. `onOutput` is called in order; `signal` kills the step and all it started. */
  run(call: StepCall, onOutput: (chunk: OutputChunk) => void, signal: AbortSignal): Promise<StepOutcome>;
}
