import type { IncomingMessage } from 'node:http';
import type { Api } from './route.js';

/**
 * The secret that a request carries: `Authorization: Token` or `Bearer`, and for v1 also `Token user:secret`, basic
 * authentication and the query's `u` and `p`, where the password is the token. Undefined: none.
 */
export function secretOf(request: IncomingMessage, api: Api, query: URLSearchParams): string | undefined {
  const header = request.headers.authorization ?? '';
  const space = header.indexOf(' ');
  const scheme = header.slice(0, Math.max(0, space)).toLowerCase();
  const rest = header.slice(space + 1).trim();
  if (scheme === 'token' || scheme === 'bearer') return (api === 'v1' ? behindColon(rest) : rest) || undefined;
  if (api === 'v2') return undefined;
  if (scheme === 'basic') return behindColon(Buffer.from(rest, 'base64').toString()) || undefined;
  return query.get('p') || undefined;
}

function behindColon(text: string): string {
  return text.slice(text.indexOf(':') + 1);
}
