import type { Router } from 'express';
import type { Principal } from '@opsloop/contracts';
import type { z } from 'zod';
import { ApiError, badRequest } from './api-error.js';
import type { Route } from './route.js';
import type { Authenticate } from '../access/authenticate-request.js';

/** Puts a table of routes on an express router: who may, what is asked, then the handler. */
export function mountRoutes(router: Router, routes: readonly Route[], authenticate: Authenticate): void {
  for (const one of routes) {
    router[one.method](one.path.replaceAll(/\{(\w+)\}/g, ':$1'), async (request, response) => {
      const principal = await authenticate(request);
      requireScope(principal, one);
      const query = one.query ? check(one.query, request.query, 'the query') : undefined;
      const body = one.textBody ? textOf(request.body) : one.body ? check(one.body, request.body ?? {}, 'the body') : undefined;
      const answer = await one.handle({ principal, params: request.params as Record<string, string>, query, body, request, response });
      if (response.headersSent) return;
      if (answer === undefined) response.status(204).end();
      else response.status(one.status ?? 200).json(answer);
    });
  }
}

function requireScope(principal: Principal, one: Route): void {
  if (principal.scopes.includes(one.scope) || principal.scopes.includes('admin')) return;
  throw new ApiError(403, 'Not allowed', `This needs the scope "${one.scope}"; the token "${principal.name}" has ${principal.scopes.join(', ')}.`);
}

function check(schema: z.ZodType, value: unknown, what: string): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw badRequest(`There is something wrong with ${what}.`, parsed.error.issues.map((issue) => ({ at: issue.path.join('.'), message: issue.message })));
}

function textOf(body: unknown): string {
  if (typeof body === 'string' && body.trim() !== '') return body;
  if (body !== null && typeof body === 'object' && Object.keys(body).length > 0) return JSON.stringify(body);
  throw badRequest('The body is empty: send a definition as YAML (content-type application/yaml) or JSON (application/json).');
}
