import type { Request, Response } from 'express';
import { collections, type Principal, type Session, type Token } from '@opsloop/contracts';
import type { Clock, Documents } from '@opsloop/ports';
import { createSecret, hashSecret } from '@opsloop/runtime';

export interface Sessions {
  /** Opened with the secret of the principal's token, or (left out) by the one-time link. Returns the secret for the cookie. */
  open(principal: Principal, tokenSecret?: string): Promise<string>;
  find(secret: string): Promise<Principal | undefined>;
  close(secret: string): Promise<void>;
  /** Removes what has expired; called now and then. */
  sweep(): Promise<void>;
}

const lifeMs = 30 * 86_400_000;
const cookieName = 'opsloop_session';

/**
 * Sessions of the page: hashed documents behind an HttpOnly cookie. The cookie's value is tenant.secret. A session lives
 * no longer than the token that opened it. One that the link opened stands for the token "admin": once that one is
 * made, changed or deleted, whoever holds the link's session signs in again.
 */
export function createSessions({ documents, clock }: { readonly documents: Documents; readonly clock: Clock }): Sessions {
  const sessions = documents.collection<Session>(collections.sessions);
  const tokens = documents.collection<Token>(collections.tokens);

  async function tokenOf({ tenant, name }: Principal): Promise<Token | undefined> {
    return (await tokens.get(`${tenant}/${name}`))?.doc;
  }

  return {
    async open(principal, tokenSecret) {
      const { tenant, name, scopes } = principal;
      const value = `${tenant}.${createSecret()}`;
      const tokenHash = tokenSecret === undefined ? (await tokenOf(principal))?.hash : hashSecret(tokenSecret);
      const openedBy = tokenSecret === undefined ? 'link' : 'token';
      await sessions.insert({ id: idOf(value), tenant, name, scopes: [...scopes], openedBy, ...(tokenHash !== undefined && { tokenHash }), createdAtMs: clock.now(), expiresAtMs: clock.now() + lifeMs });
      return value;
    },
    async find(value) {
      if (value.length > 300 || !value.includes('.')) return undefined;
      const session = (await sessions.get(idOf(value)))?.doc;
      if (!session?.openedBy || session.expiresAtMs <= clock.now()) return undefined;
      const token = await tokenOf(session);
      if (token?.hash !== session.tokenHash || (token?.expiresAtMs ?? Infinity) <= clock.now()) return undefined;
      const { tenant, name, scopes } = session;
      return { tenant, name, scopes: token && session.openedBy === 'token' ? token.scopes : scopes };
    },
    async close(value) {
      const stored = await sessions.get(idOf(value));
      if (stored) await sessions.remove(stored.doc.id, stored.version);
    },
    async sweep() {
      const { items } = await sessions.find({ expiresAtMs: { lte: clock.now() } }, { limit: 1000 });
      for (const { doc, version } of items) await sessions.remove(doc.id, version);
    },
  };
}

export function readSessionCookie(request: Request): string | undefined {
  for (const part of request.headers.cookie?.split(';') ?? []) {
    const [name, value] = part.trim().split('=');
    if (name === cookieName && value) return decodeURIComponent(value);
  }
  return undefined;
}

export function setSessionCookie(response: Response, value: string, secure: boolean): void {
  response.cookie(cookieName, value, { httpOnly: true, sameSite: 'strict', secure, path: '/', maxAge: lifeMs });
}

export function clearSessionCookie(response: Response, secure: boolean): void {
  response.clearCookie(cookieName, { httpOnly: true, sameSite: 'strict', secure, path: '/' });
}

function idOf(value: string): string {
  const dot = value.indexOf('.');
  return `${value.slice(0, dot)}/${hashSecret(value.slice(dot + 1))}`;
}
