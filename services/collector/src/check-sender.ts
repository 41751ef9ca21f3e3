import type { IncomingMessage } from 'node:http';
import type { Principal } from '@opsloop/contracts';
import type { Failure } from './answer.js';
import { secretOf } from './credentials.js';
import type { Api } from './route.js';

export type Authenticate = (secret: string) => Promise<Principal | undefined>;

/** Who sends, if it may. */
export async function checkSender(authenticate: Authenticate, request: IncomingMessage, api: Api, query: URLSearchParams): Promise<Principal | Failure> {
  const secret = secretOf(request, api, query);
  if (secret === undefined) return { code: 'unauthorized', message: `unauthorized access: send a token with the scope ingest (${api === 'v2' ? 'Authorization: Token ...' : 'as the password, or Authorization: Token ...'})`, close: true };
  const principal = await authenticate(secret);
  if (!principal) return { code: 'unauthorized', message: 'unauthorized access: the token is not known, or has expired', close: true };
  if (principal.scopes.includes('ingest')) return principal;
  return { code: 'forbidden', message: `the token ${principal.name} has not the scope ingest`, close: true };
}
