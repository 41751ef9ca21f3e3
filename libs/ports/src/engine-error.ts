/**
 * The one error that ports throw.
 *
 * `retryable: true` means that the same call may succeed later (engine down, disk full, time-out): callers pause
 * and try again. `retryable: false` means that this very input can never succeed (a poison record).
 */
export class EngineError extends Error {
  readonly retryable: boolean;

  constructor(message: string, options: { retryable: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = 'EngineError';
    this.retryable = options.retryable;
  }
}
