import { EngineError } from '@opsloop/ports';

/**
 * What a failure of SQLite means to a caller. `full`: no space, the same call works when there is some again;
 * `broken`: the connection cannot be trusted any more and is opened again; `wrong`: this input can never succeed.
 */
export type SqliteFailure = 'full' | 'broken' | 'wrong';

const fullCodes = ['SQLITE_FULL', 'SQLITE_BUSY', 'SQLITE_LOCKED', 'SQLITE_NOMEM'];
const wrongCodes = ['SQLITE_CONSTRAINT', 'SQLITE_ERROR', 'SQLITE_MISMATCH', 'SQLITE_TOOBIG', 'SQLITE_RANGE'];

export function failureOf(error: unknown): SqliteFailure {
  const code = codeOf(error);
  if (code === undefined) return 'wrong';
  if (fullCodes.some((one) => code.startsWith(one))) return 'full';
  return wrongCodes.some((one) => code.startsWith(one)) ? 'wrong' : 'broken';
}

/** The error that ports throw; an EngineError passes as it is. */
export function toEngineError(what: string, error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new EngineError(`${what}: ${message}`, { retryable: failureOf(error) !== 'wrong', cause: error });
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return error.code.startsWith('SQLITE_') ? error.code : undefined;
}
