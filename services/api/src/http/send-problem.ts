import type { NextFunction, Request, Response } from 'express';
import { EngineError } from '@opsloop/ports';
import type { Logger } from '@opsloop/runtime';
import { ApiError } from './api-error.js';

/** Turns whatever was thrown into a problem. Faults of ours are logged and never explained to strangers. */
export function createErrorHandler(logger: Logger) {
  return (error: unknown, request: Request, response: Response, next: NextFunction): void => {
    if (response.headersSent) return next(error);
    const known = toApiError(error);
    if (known.problem.status >= 500) logger.error({ err: error, method: request.method, path: request.path }, 'a request failed');
    if (known.problem.status === 503) response.setHeader('retry-after', '2');
    response.status(known.problem.status).type('application/problem+json').send(JSON.stringify({ ...known.problem, instance: request.originalUrl.split('?')[0] }));
  };
}

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof EngineError) {
    return error.retryable
      ? new ApiError(503, 'Not available now', 'A part that this needs does not answer. Nothing was changed. Try again.')
      : new ApiError(400, 'Bad request', error.message);
  }
  const status = (error as { status?: unknown }).status;
  const type = (error as { type?: unknown }).type;
  if (type === 'entity.too.large') return new ApiError(413, 'Too large', 'The body is larger than is accepted here.');
  if (type === 'entity.parse.failed') return new ApiError(400, 'Bad request', `The body is not valid JSON: ${(error as Error).message}`);
  if (error instanceof URIError) return new ApiError(400, 'Bad request', 'The address holds a malformed % sequence.');
  if (typeof status === 'number' && status >= 400 && status < 500) return new ApiError(status, 'Bad request', (error as Error).message);
  return new ApiError(500, 'Internal error', 'This is a fault of ours; it has been logged.');
}
