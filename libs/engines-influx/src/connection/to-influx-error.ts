import { HttpError } from '@influxdata/influxdb-client';
import { EngineError } from '@opsloop/ports';
import { nameOfTarget, settingOf, type InfluxTarget } from './influx-target.js';

/** What the server itself says, from a body `{ code, message }` or plain text. */
export function messageOf(error: HttpError): string {
  try {
    const parsed = JSON.parse(error.body ?? '') as { message?: unknown; error?: unknown };
    return String(parsed.message ?? parsed.error ?? error.message);
  } catch {
    return error.body ?? error.message;
  }
}

/**
 * An error of the client as the port's. What people can mend (a token, a bucket, a proxy) is retryable: windows wait
 * meanwhile. Only what the server refuses in the windows or the query themselves can never succeed.
 */
export function toInfluxError(target: InfluxTarget, error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const where = nameOfTarget(target);
  if (!(error instanceof HttpError)) return new EngineError(`${where} does not answer: ${reasonOf(error)}`, { retryable: true, cause: error });
  const said = messageOf(error).slice(0, 500);
  const retryable = (message: string): EngineError => new EngineError(message, { retryable: true, cause: error });
  switch (error.statusCode) {
    case 400:
    case 422:
      return new EngineError(`${where} refuses this: ${said}`, { retryable: false, cause: error });
    case 401:
      return retryable(`${where} does not know the token: set ${settingOf(target, 'token')} to a token of the organization "${target.org}"`);
    case 403:
      return retryable(`${where} does not allow this to the token: ${said}; give the token of ${settingOf(target, 'token')} the right to read and write the buckets ${target.bucket}_*`);
    case 404:
      return retryable(/organization/.test(said)
        ? `${where} has no organization "${target.org}": set ${settingOf(target, 'org')} to one that exists`
        : `${where} lacks a bucket: ${said}; a restart creates it again (${settingOf(target, 'bucket')})`);
    case 413:
      return retryable(`${where} or a proxy before it refuses bodies of this size: allow 4 MiB`);
    default:
      return retryable(`${where} cannot do this now: ${error.statusCode} ${said}`);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return String((error.errors[0] as Error).message);
  return error instanceof Error ? error.message : String(error);
}
