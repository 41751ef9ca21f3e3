import type { Request, Response } from 'express';
import { collections, type Principal, type Session } from '@opsloop/contracts';
import type { Clock, Documents } from '@opsloop/ports';
import { createSecret, hashSecret } from '@opsloop/runtime';

export interface Sessions {
  /** The secret for the cookie. */
  open(principal: Principal): Promise<string>;
  find(secret: string): Promise<Principal | undefined>;
  close(secret: string): Promise<void>;
  /** Removes what has expired; called now and then. */
  sweep(): Promise<void>;
}

const lifeMs = 30 * 86_400_000;
const cookieName = 'opsloop_session';

/** Sessions of the page: hashed documents behind an HttpOnly cookie. The cookie's value is tenant.secret. */
export function createSessions({ documents, clock }: { readonly documents: Documents; readonly clock: Clock }): Sessions {
  const sessions = documents.collection<Session>(collections.sessions);

  return {
    async open({ tenant, name, scopes }) {
      const value = `${tenant}.${createSecret()}`;
      await sessions.insert({ id: idOf(value), tenant, name, scopes: [...scopes], createdAtMs: clock.now(), expiresAtMs: clock.now() + lifeMs });
      return value;
    },
    async find(value) {
      if (value.length > 300 || !value.includes('.')) return undefined;
      const stored = await sessions.get(idOf(value));
      if (!stored || stored.doc.expiresAtMs <= clock.now()) return undefined;
      const { tenant, name, scopes } = stored.doc;
      return { tenant, name, scopes };
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

export function clearSessionCookie(response: Response): void {
  response.clearCookie(cookieName, { httpOnly: true, sameSite: 'strict', path: '/' });
}

function idOf(value: string): string {
  const dot = value.indexOf('.');
  return `${value.slice(0, dot)}/${hashSecret(value.slice(dot + 1))}`;
}
