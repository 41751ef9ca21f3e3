import { timingSafeEqual } from 'node:crypto';
import { Router, type Request } from 'express';
import { defaultTenant, hashSecret, type TokenAuthority } from '@opsloop/runtime';
import { ApiError } from '../http/api-error.js';
import { requireOwnOrigin } from './authenticate-request.js';
import { clearSessionCookie, readSessionCookie, setSessionCookie, type Sessions } from './sessions.js';

export interface SessionRouterDeps {
  readonly authority: TokenAuthority;
  readonly sessions: Sessions;
  /** Secret of the one-time admin link; it opens one session, once. */
  readonly loginCode?: string;
  /** Address of the page as people reach it. */
  readonly publicUrl?: string;
}

/** Signing in: with a token, or by the one-time link that the start prints. */
export function createSessionRouter({ authority, sessions, loginCode, publicUrl }: SessionRouterDeps): Router {
  const router = Router();
  let codeHash = loginCode === undefined ? undefined : hashSecret(loginCode);
  // Behind a proxy that ends TLS every request looks plain, and headers that say otherwise could be anybody's.
  const isSecure = (request: Request): boolean => request.secure || publicUrl?.startsWith('https:') === true;

  router.post('/api/v1/session', async (request, response) => {
    if (request.headers.origin !== undefined) requireOwnOrigin(request);
    const token = (request.body as { token?: unknown } | undefined)?.token;
    const secret = typeof token === 'string' ? token.trim() : '';
    const principal = await authority.authenticate(secret);
    if (!principal) throw new ApiError(401, 'Not signed in', 'This token is not known or has expired.');
    setSessionCookie(response, await sessions.open(principal, secret), isSecure(request));
    response.status(204).end();
  });

  router.delete('/api/v1/session', async (request, response) => {
    requireOwnOrigin(request);
    const cookie = readSessionCookie(request);
    if (cookie) await sessions.close(cookie);
    clearSessionCookie(response, isSecure(request));
    response.status(204).end();
  });

  router.get('/login', async (request, response) => {
    const code = typeof request.query['code'] === 'string' ? request.query['code'] : '';
    if (codeHash === undefined || !timingSafeEqual(Buffer.from(hashSecret(code)), Buffer.from(codeHash))) {
      response.redirect(303, '/sign-in?link=used');
      return;
    }
    codeHash = undefined;
    const value = await sessions.open({ tenant: defaultTenant, name: 'admin', scopes: ['read', 'operate', 'approve', 'admin'] });
    setSessionCookie(response, value, isSecure(request));
    response.redirect(303, '/');
  });

  return router;
}
