import { EngineError } from '@opsloop/ports';
import { mongo } from 'mongoose';

/** Codes of a server that refused the request itself: BadValue, FailedToParse, TypeMismatch, ImmutableField, DocumentValidationFailure, BSONObjectTooLarge. */
const refusedForGood: readonly (number | string | undefined)[] = [2, 9, 14, 66, 121, 10334, 17419];
export const duplicateKey = 11000;

/** Everything else may succeed later: a server that is down, elects, was cut off, or whose operator mends rights and disks. */
export function toEngineError(what: string, error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const refused = error instanceof mongo.MongoServerError ? refusedForGood.includes(error.code) || isDuplicate(error) : error instanceof mongo.BSON.BSONError;
  return new EngineError(`${what}: ${reasonOf(error)}`, { retryable: !refused, cause: error });
}

export function isDuplicate(error: unknown): boolean {
  return error instanceof mongo.MongoServerError && error.code === duplicateKey;
}

/** Why the start fails, in one line that names the setting and the mend. The address is told without user and password. */
export function toStartError(url: string, error: unknown): EngineError {
  return new EngineError(`OPSLOOP_MONGODB_URL: ${explain(url, error)}`, { retryable: false, cause: error });
}

function explain(url: string, error: unknown): string {
  const hosts = hostsOf(url);
  // By name: the parser of addresses throws a class of its own.
  if (error instanceof Error && ['MongoParseError', 'MongoInvalidArgumentError', 'MongoAPIError'].includes(error.name)) return `it is not an address of MongoDB (${reasonOf(error)}): write mongodb://user:password@host:27017/name`;
  if (isAuthentication(error)) return `${hosts} refuses the user or the password (${reasonOf(error)}): mend them, or name the database of the user with ?authSource=`;
  return `no MongoDB answers at ${hosts} (${reasonOf(error)}): start it, or mend the address`;
}

function isAuthentication(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof mongo.MongoServerError && (error.code === 18 || error.code === 13 || error.code === 8000)) return true;
  return /\bauth|\bsasl/i.test(error.message) || isAuthentication(error.cause);
}

/** The hosts of the address: what stands between the credentials and the name of the database. */
function hostsOf(url: string): string {
  const authority = url.replace(/^[^:]*:\/\//, '').split(/[/?]/, 1)[0] ?? '';
  return authority.slice(authority.lastIndexOf('@') + 1);
}

/** One line, without what libraries add over several. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message || String((error as { code?: unknown }).code ?? error.name) : String(error);
  return message.split('\n', 1)[0]!.replaceAll(/\/\/[^/@\s]*@/g, '//');
}
