import type { Problem } from '@opsloop/contracts';

/** What a caller did wrongly, or may not do: becomes an RFC 9457 problem. */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(status: number, title: string, detail?: string, errors?: Problem['errors']) {
    super(detail ?? title);
    this.name = 'ApiError';
    this.problem = { type: 'about:blank', title, status, ...(detail !== undefined && { detail }), ...(errors && errors.length > 0 && { errors }) };
  }
}

export function notFound(what: string, name: string): ApiError {
  return new ApiError(404, 'Not found', `There is no ${what} ${JSON.stringify(name.slice(0, 200))}.`);
}

export function badRequest(detail: string, errors?: Problem['errors']): ApiError {
  return new ApiError(400, 'Bad request', detail, errors);
}

export function conflict(detail: string): ApiError {
  return new ApiError(409, 'Conflict', detail);
}
