/** Agents that measure on, whatever becomes of the server: each sends its samples and log lines in order until they are acknowledged. */
import { appendFileSync } from 'node:fs';
import { readLedger, type Sample } from './ledger.js';

export interface Intake {
  readonly url: string;
  readonly token: string;
}

export interface Load {
  /** Where the samples go; undefined while the server is down. */
  sendTo(intake: Intake | undefined): void;
  /** Measures no more; resolves when everything was acknowledged. */
  finish(): Promise<void>;
  readonly sent: readonly Sample[];
  /** Samples of an interrupted run of which nobody knows whether they were taken. */
  readonly abandoned: readonly Sample[];
  /** Answers that were neither a success nor a refusal to take anything now. */
  readonly wrongAnswers: readonly string[];
  retries(): number;
  /** When the oldest sample was made that is not acknowledged yet; Infinity when there is none. */
  oldestWaitingMs(): number;
}

export interface LoadOptions {
  readonly hosts: number;
  readonly ledgerPath: string;
}

const everyMs = 250;
const phaseS = 6;
const phases = 3;
const quiet = 10;
export const loud = 90;
/** OPSLOOP_LATENESS_MS of the runs. */
export const latenessMs = 120_000;
/**
 * A host with this name writes one log line a second; the value of such a sample is one line. Their nine partitions are
 * more than half of those of logs.raw, so that each of two owners has one.
 */
export const logHosts: readonly string[] = [1, 2, 3, 4, 6, 8, 9, 10, 11].map((number) => `fault-log-${number}`);

/**
 * A slot is one host after another: each is quiet, loud, quiet again for six whole seconds, and gone. One episode a host:
 * a series that comes and goes counts as flapping, and is told of in a digest much later.
 */
function measureAt(slot: number, timeMs: number): { readonly host: string; readonly value: number } {
  const phase = Math.floor((Math.floor(timeMs / 1000) + slot * 4) / phaseS);
  return { host: `fault-${slot + 1}-${Math.floor(phase / phases)}`, value: phase % phases === 1 ? loud : quiet };
}

/** Undefined: no answer. */
async function post({ url, token }: Intake, sample: Sample): Promise<Response | undefined> {
  const { host, timeMs, value } = sample;
  const isLog = logHosts.includes(host);
  const headers = { authorization: `Token ${token}`, ...(isLog && { 'content-type': 'application/json' }) };
  const body = isLog ? JSON.stringify([{ host, service: 'fault', level: 'info', time: new Date(timeMs).toISOString(), message: `request took ${timeMs % 1000} ms` }]) : `fault,host=${host} value=${value} ${timeMs}`;
  return fetch(`${url}${isLog ? '/logs' : '/api/v2/write?precision=ms'}`, { method: 'POST', headers, body, signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
}

export function startLoad({ hosts, ledgerPath }: LoadOptions): Load {
  const { sent, abandoned } = readLedger(ledgerPath);
  const slots = Array.from({ length: hosts }, () => [] as Sample[]);
  const logs = logHosts.map(() => [] as Sample[]);
  const wrongAnswers: string[] = [];
  let intake: Intake | undefined;
  let finishing = false;
  let retries = 0;
  let ticks = 0;

  function make(queue: Sample[], sample: Sample): void {
    queue.push(sample);
    appendFileSync(ledgerPath, `${JSON.stringify(['made', sample.host, sample.timeMs, sample.value])}\n`);
  }

  const measuring = setInterval(() => {
    const timeMs = Date.now();
    slots.forEach((queue, slot) => make(queue, { timeMs, ...measureAt(slot, timeMs) }));
    // A line of a whole second would count twice when it is sent again.
    if (ticks++ % 4 === 0) logs.forEach((queue, i) => make(queue, { timeMs: timeMs % 1000 === 0 ? timeMs + 1 : timeMs, host: logHosts[i]!, value: 1 }));
  }, everyMs);

  async function isTaken(sample: Sample): Promise<boolean> {
    const answer = intake && (await post(intake, sample));
    if (!answer) return false;
    const text = await answer.text().catch(() => undefined);
    if (!answer.ok && answer.status !== 429 && answer.status !== 503) wrongAnswers.push(`${answer.status} ${text}`.slice(0, 300));
    return answer.ok;
  }

  async function sendAll(queue: Sample[]): Promise<void> {
    while (!finishing || queue.length > 0) {
      const sample = queue[0];
      if (sample && (await isTaken(sample))) {
        queue.shift();
        const takenMs = Date.now();
        sent.push({ ...sample, takenMs });
        appendFileSync(ledgerPath, `${JSON.stringify(['sent', sample.host, sample.timeMs, sample.value, takenMs])}\n`);
      } else {
        if (sample) retries += 1;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
  const senders = [...slots, ...logs].map(sendAll);

  return {
    sent, abandoned, wrongAnswers,
    retries: () => retries,
    oldestWaitingMs: () => Math.min(...[...slots, ...logs].map((queue) => queue[0]?.timeMs ?? Infinity)),
    sendTo(next) {
      intake = next;
    },
    async finish() {
      clearInterval(measuring);
      finishing = true;
      await Promise.all(senders);
    },
  };
}
