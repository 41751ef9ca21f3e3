import { EngineError } from '@opsloop/ports';

/** A failure of the file system: the same call works when the disk does again. An EngineError passes as it is. */
export function toLogError(error: unknown, path: string): EngineError {
  if (error instanceof EngineError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new EngineError(`the embedded bus: ${message} (${path})`, { retryable: true, cause: error });
}
