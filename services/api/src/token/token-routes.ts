import { collections, nameSchema, scopeSchema, toApi, type Token } from '@opsloop/contracts';
import type { ServiceContext, TokenAuthority } from '@opsloop/runtime';
import { z } from 'zod';
import { conflict, notFound } from '../http/api-error.js';
import { listShape } from '../http/list-query.js';
import { route, type Route } from '../http/route.js';

export function tokenRoutes({ documents }: ServiceContext, authority: TokenAuthority): Route[] {
  const tokens = documents.collection<Token>(collections.tokens);
  return [
    route({
      method: 'get', path: '/tokens', scope: 'admin', summary: 'Tokens, without their secrets', answer: 'TokenPage', query: z.strictObject(listShape),
      async handle({ principal, query }) {
        const { items, nextCursor } = await tokens.find({ tenant: principal.tenant }, { limit: query.limit, ...(query.cursor && { cursor: query.cursor }) });
        return { items: items.map(({ doc: { hash: _hash, ...shown } }) => toApi(shown)), ...(nextCursor && { nextCursor }) };
      },
    }),
    route({
      method: 'post', path: '/tokens', scope: 'admin', status: 201, answer: 'NewToken', summary: 'Makes a token; its secret is shown this once',
      body: z.strictObject({ name: nameSchema, scopes: z.array(scopeSchema).min(1) }),
      async handle({ principal, body }) {
        const made = await authority.create({ tenant: principal.tenant, name: body.name, scopes: [...new Set(body.scopes)], createdBy: principal.name });
        if (made === 'exists') throw conflict(`A token named "${body.name}" exists already: choose another name, or delete that one first.`);
        return { name: body.name, secret: made.secret };
      },
    }),
    route({
      method: 'delete', path: '/tokens/{name}', scope: 'admin', summary: 'Deletes a token; within ten seconds nobody can use it, nor a session that it opened',
      async handle({ principal, params }) {
        if ((await authority.remove(principal.tenant, params['name']!)) === 'unknown') throw notFound('token', params['name']!);
        return undefined;
      },
    }),
  ];
}
