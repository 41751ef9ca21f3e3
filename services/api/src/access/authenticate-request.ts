import type { Request } from 'express';
import type { Principal } from '@opsloop/contracts';
import type { TokenAuthority } from '@opsloop/runtime';
import { ApiError } from '../http/api-error.js';
import { readSessionCookie, type Sessions } from './sessions.js';

export type Authenticate = (request: Request) => Promise<Principal>;

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** By bearer token, else by the session cookie; a cookie may change something only from our own page. */
export function createAuthenticate(authority: TokenAuthority, sessions: Sessions): Authenticate {
  return async (request) => {
    const header = request.headers.authorization;
    if (header !== undefined) {
      const [scheme = '', secret = ''] = header.split(' ');
      const principal = /^(bearer|token)$/i.test(scheme) && secret !== '' ? await authority.authenticate(secret) : undefined;
      if (!principal) throw new ApiError(401, 'Not signed in', 'The token is not known or has expired. Send "Authorization: Bearer <token>".');
      return principal;
    }
    const cookie = readSessionCookie(request);
    const principal = cookie === undefined ? undefined : await sessions.find(cookie);
    if (!principal) throw new ApiError(401, 'Not signed in', 'Sign in on the page, or send "Authorization: Bearer <token>".');
    if (!safeMethods.has(request.method)) requireOwnOrigin(request);
    return principal;
  };
}

export function requireOwnOrigin(request: Request): void {
  const origin = request.headers.origin;
  if (origin !== undefined && URL.canParse(origin) && new URL(origin).host === request.headers.host) return;
  throw new ApiError(403, 'Not allowed', 'A signed-in page may change things only from its own address: the Origin header is missing or another one.');
}
