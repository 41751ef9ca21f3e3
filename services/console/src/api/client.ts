import type { Problem } from '@opsloop/contracts';

/** What the server, or the way to it, answered instead of success. Status 0: it could not be reached. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.name = 'ApiProblem';
    this.status = problem.status;
    this.problem = problem;
  }
}

/** A line that died without a word would be waited for until the reader leaves. */
const answerMs = 30_000;

export type QueryValue = string | number | readonly string[] | undefined;

/** The address of an endpoint; empty values are left out, lists are joined by commas. */
export function apiPath(path: string, query: Readonly<Record<string, QueryValue>> = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    const text = typeof value === 'object' ? value.join(',') : String(value ?? '');
    if (text !== '') search.set(key, text);
  }
  const text = search.toString();
  return `/api/v1/${path}${text === '' ? '' : `?${text}`}`;
}

export async function apiGet<T>(path: string, query: Readonly<Record<string, QueryValue>> = {}, signal?: AbortSignal): Promise<T> {
  return send<T>(apiPath(path, query), signal ? { signal } : {}, answerMs);
}

/** Sends JSON, or YAML where the body is text. Answers without a body give undefined. */
export async function apiSend<T = undefined>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: object | string, limitMs = answerMs): Promise<T> {
  if (body === undefined) return send<T>(apiPath(path), { method }, limitMs);
  const type = typeof body === 'string' ? 'application/yaml' : 'application/json';
  return send<T>(apiPath(path), { method, headers: { 'content-type': type }, body: typeof body === 'string' ? body : JSON.stringify(body) }, limitMs);
}

async function send<T>(address: string, init: RequestInit, limitMs: number): Promise<T> {
  const limit = AbortSignal.timeout(limitMs);
  const signal = init.signal ? AbortSignal.any([init.signal, limit]) : limit;
  try {
    return await answerOf<T>(await fetch(address, { credentials: 'same-origin', ...init, signal }));
  } catch (cause) {
    const unreachable = cause instanceof TypeError || (cause instanceof DOMException && cause.name === 'TimeoutError');
    if (!unreachable) throw cause;
    throw new ApiProblem({ type: 'about:blank', title: 'The server cannot be reached', status: 0 });
  }
}

async function answerOf<T>(response: Response): Promise<T> {
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
  if (response.ok) return (isJson ? await response.json() : undefined) as T;
  const problem = isJson ? ((await response.json()) as Partial<Problem>) : {};
  throw new ApiProblem({ type: 'about:blank', title: response.statusText || `HTTP ${response.status}`, ...problem, status: response.status });
}
