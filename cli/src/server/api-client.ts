import type { Page, Problem } from '@opsloop/contracts';
import { CliError, type CliHost } from '../cli-host.js';
import { findServer, type ServerAddress } from './find-server.js';

const usualTimeoutMs = 30_000;

export interface ApiClient {
  readonly server: ServerAddress;
  get<T>(path: string): Promise<T>;
  /** All pages of a list. */
  list<T>(path: string): Promise<T[]>;
  send<T>(method: 'POST' | 'PUT', path: string, body: unknown): Promise<T>;
  remove(path: string): Promise<void>;
  /** `timeoutMs`: for work that takes its time; default 30 s. */
  sendText<T>(method: 'POST' | 'PUT', path: string, text: string, timeoutMs?: number): Promise<T>;
}

/** Calls below /api/v1; what the server refuses becomes a CliError with everything it said. */
export async function openApi(host: CliHost): Promise<ApiClient> {
  const server = await findServer(host);

  async function call<T>(method: string, path: string, body?: { readonly type: string; readonly text: string }, timeoutMs = usualTimeoutMs): Promise<T> {
    const { status, text } = await answerOf(server, method, path, body, timeoutMs);
    if (status >= 300) throw new CliError(`${method} ${path}: ${describeProblem(status, text)}`);
    if (text === '') return undefined as T;
    try {
      return JSON.parse(text) as T;
    } catch {
      throw new CliError(`${method} ${path}: ${status}, and no JSON: what answers at ${server.url} is not Opsloop; is OPSLOOP_URL right?`);
    }
  }

  async function list<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | undefined;
    do {
      const page: Page<T> = await call('GET', `${path}${path.includes('?') ? '&' : '?'}limit=1000${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return items;
  }

  return {
    server,
    list,
    get: (path) => call('GET', path),
    remove: (path) => call('DELETE', path),
    send: (method, path, body) => call(method, path, { type: 'application/json', text: JSON.stringify(body) }),
    sendText: (method, path, text, timeoutMs) => call(method, path, { type: 'application/yaml', text }, timeoutMs),
  };
}

async function answerOf(server: ServerAddress, method: string, path: string, body: { readonly type: string; readonly text: string } | undefined, timeoutMs: number): Promise<{ readonly status: number; readonly text: string }> {
  const headers = { authorization: `Bearer ${server.token}`, accept: 'application/json', ...(body && { 'content-type': body.type }) };
  try {
    const response = await fetch(`${server.url}/api/v1/${path}`, { method, headers, signal: AbortSignal.timeout(timeoutMs), ...(body && { body: body.text }) });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    throw new CliError(unreachable(server.url, error));
  }
}

export function unreachable(url: string, error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? ((error.cause as NodeJS.ErrnoException).code ?? error.cause.message) : error instanceof Error ? error.message : String(error);
  return `the server at ${url} does not answer (${cause}): is it running, and is OPSLOOP_URL right?`;
}

/** RFC 9457, with one line for each error. */
function describeProblem(status: number, text: string): string {
  let problem: Partial<Problem> = {};
  try {
    problem = JSON.parse(text) as Partial<Problem>;
  } catch {
    problem = { title: text.slice(0, 500) };
  }
  const mend = status === 401 ? '; is OPSLOOP_TOKEN right?' : '';
  const errors = (problem.errors ?? []).map((one) => `\n  ${one.at === undefined ? '' : `${one.at}: `}${one.message}`);
  return `${status} ${problem.detail ?? problem.title ?? ''}${mend}${errors.join('')}`;
}
