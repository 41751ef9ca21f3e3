import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../cli-host.js';
import { unreachable } from '../server/api-client.js';
import type { ServerAddress } from '../server/find-server.js';

const timeoutMs = 60_000;
/** How long one batch is tried again before the replay gives up. */
const giveUpMs = 300_000;
const longestWaitMs = 30_000;

export interface SendOutcome {
  /** Lines that the server refused; it keeps the others. */
  readonly refused: number;
  /** What it said of them. */
  readonly reason?: string;
}

/**
 * Posts `count` lines and waits for the answer. Sending them again is safe: the server counts the same batch once. A full queue
 * (429, 503) and a server that does not answer are waited for; any other refusal is a CliError.
 */
export async function sendLines({ url, token }: ServerAddress, lines: string, count: number, onWait: (reason: string) => void): Promise<SendOutcome> {
  const startMs = performance.now();
  for (let attempt = 1; ; attempt++) {
    const answer = await post(url, token, lines);
    if (answer.kind === 'answered' && answer.status < 300) return { refused: 0 };
    if (answer.kind === 'answered' && answer.status === 400) return refusalOf(reasonOf(answer.text), count);
    if (answer.kind === 'answered' && answer.status < 500 && answer.status !== 429) throw new CliError(`the server refuses the lines: ${answer.status} ${reasonOf(answer.text)}${answer.status === 401 || answer.status === 403 ? '; the token needs the scope ingest' : ''}`);
    const reason = answer.kind === 'answered' ? `${answer.status} ${reasonOf(answer.text)}` : answer.reason;
    if (performance.now() - startMs > giveUpMs) throw new CliError(`gave up after ${giveUpMs / 60_000} minutes: ${reason}`);
    onWait(reason);
    const asked = answer.kind === 'answered' ? answer.retryAfterMs : undefined;
    await sleep(Math.min(longestWaitMs, asked ?? 250 * 2 ** Math.min(attempt - 1, 7)));
  }
}

type Answer = { readonly kind: 'answered'; readonly status: number; readonly text: string; readonly retryAfterMs: number | undefined } | { readonly kind: 'silent'; readonly reason: string };

async function post(url: string, token: string, body: string): Promise<Answer> {
  try {
    const headers = { authorization: `Token ${token}`, 'content-type': 'text/plain; charset=utf-8' };
    const response = await fetch(`${url}/api/v2/write?precision=ms`, { method: 'POST', headers, body, signal: AbortSignal.timeout(timeoutMs) });
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    return { kind: 'answered', status: response.status, text: await response.text(), retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : undefined };
  } catch (error) {
    return { kind: 'silent', reason: unreachable(url, error) };
  }
}

/** The write API tells how many lines it refused; an answer that does not is of the whole request. */
function refusalOf(reason: string, count: number): SendOutcome {
  const refused = Number(/(\d+) of \d+ lines/.exec(reason)?.[1] ?? count);
  return { refused: Math.min(count, refused), reason };
}

/** The write API answers `{ code, message }`. */
function reasonOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // Not JSON: shown as it is.
  }
  return text.trim().slice(0, 1000);
}
