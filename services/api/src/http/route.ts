import type { Request, Response } from 'express';
import type { Principal, Scope } from '@opsloop/contracts';
import type { z } from 'zod';

export interface Call<Query = unknown, Body = unknown> {
  readonly principal: Principal;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly request: Request;
  readonly response: Response;
}

/** Answered as it is; undefined: the handler has answered itself, or there is nothing to say (204). */
export type Answer = object | undefined;

export interface RouteSpec<Query, Body> {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** Below /api/v1, with `{name}` for parameters. */
  readonly path: string;
  readonly scope: Scope;
  readonly summary: string;
  /** `undefined` of unknown names: a misspelt filter is refused, not ignored. */
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  /** The body is a definition file: YAML or JSON text, handed over unread. */
  readonly textBody?: boolean;
  readonly status?: 200 | 201 | 202 | 204;
  /** Name of the answer's schema in OpenAPI. */
  readonly answer?: string;
  handle(call: Call<Query, Body>): Promise<Answer>;
}

/** A route with its types hidden, so that all of them fit into one table: the server and OpenAPI are made from it. */
export type Route = RouteSpec<unknown, unknown>;

export function route<Query, Body>(spec: RouteSpec<Query, Body>): Route {
  return spec as unknown as Route;
}
