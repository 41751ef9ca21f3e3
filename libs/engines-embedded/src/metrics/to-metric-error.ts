import { EngineError } from '@opsloop/ports';

/** Errors after which DuckDB refuses all further use of the file until it is opened again. */
export function isBroken(error: unknown): boolean {
  return /has been invalidated|FATAL Error|INTERNAL Error/.test(messageOf(error));
}

/** The error that ports throw. What DuckDB says of values that it cannot store can never succeed; all else may. */
export function toMetricError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const message = messageOf(error);
  const hopeless = /^(Conversion|Out of Range|Constraint|Invalid Input) Error/.test(message);
  return new EngineError(`the metric store: ${message}`, { retryable: !hopeless, cause: error });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
