import type { Response } from 'express';
import type { Authenticate } from '../access/authenticate-request.js';
import { ApiError } from '../http/api-error.js';

/** Ends the streams of readers who would not be let in now: a token or session that ended takes its streams along. */
export async function endRevokedStreams(streams: ReadonlySet<Response>, authenticate: Authenticate): Promise<void> {
  for (const response of streams) {
    await authenticate(response.req).catch((error: unknown) => {
      // Documents that do not answer say nothing of the reader.
      if (error instanceof ApiError) response.end();
    });
  }
}
