/** Agents that measure on, whatever becomes of the server: each sends its samples in order until they are acknowledged. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

export interface Sample {
  readonly host: string;
  readonly timeMs: number;
  readonly value: number;
}

export interface Load {
  /** Where the samples go; undefined while the server is down. */
  setUrl(url: string | undefined): void;
  /** Measures no more; resolves when everything was acknowledged. */
  finish(): Promise<void>;
  readonly sent: readonly Sample[];
  /** Samples of an interrupted run of which nobody knows whether they were taken. */
  readonly abandoned: readonly Sample[];
  /** Answers that were neither 204 nor a refusal to take anything now. */
  readonly wrongAnswers: readonly string[];
  retries(): number;
}

const everyMs = 250;
const phaseS = 6;
const phases = 3;
const quiet = 10;
export const loud = 90;

/**
 * A slot is one host after another: each is quiet, loud, quiet again for six whole seconds, and gone. One episode a host:
 * a series that comes and goes counts as flapping, and is told of in a digest much later.
 */
function measureAt(slot: number, timeMs: number): { readonly host: string; readonly value: number } {
  const phase = Math.floor((Math.floor(timeMs / 1000) + slot * 4) / phaseS);
  return { host: `fault-${slot + 1}-${Math.floor(phase / phases)}`, value: phase % phases === 1 ? loud : quiet };
}

export function startLoad({ hosts, token, ledgerPath }: { readonly hosts: number; readonly token: string; readonly ledgerPath: string }): Load {
  const { sent, abandoned } = readLedger(ledgerPath);
  const queues = Array.from({ length: hosts }, (_, slot) => ({ slot, waiting: [] as Sample[] }));
  const wrongAnswers: string[] = [];
  let url: string | undefined;
  let finishing = false;
  let retries = 0;

  const measuring = setInterval(() => {
    const timeMs = Date.now();
    for (const { slot, waiting } of queues) {
      const sample = { timeMs, ...measureAt(slot, timeMs) };
      waiting.push(sample);
      appendFileSync(ledgerPath, `${JSON.stringify(['made', sample.host, sample.timeMs, sample.value])}\n`);
    }
  }, everyMs);

  async function post(sample: Sample): Promise<number> {
    if (url === undefined) return 0;
    const body = `fault,host=${sample.host} value=${sample.value} ${sample.timeMs}`;
    try {
      const answer = await fetch(`${url}/api/v2/write?precision=ms`, { method: 'POST', headers: { authorization: `Token ${token}` }, body, signal: AbortSignal.timeout(5_000) });
      const text = await answer.text();
      if (answer.status !== 204 && answer.status !== 429 && answer.status !== 503) wrongAnswers.push(`${answer.status} ${text}`.slice(0, 300));
      return answer.status;
    } catch {
      return 0;
    }
  }

  async function sendAll(queue: (typeof queues)[number]): Promise<void> {
    while (!finishing || queue.waiting.length > 0) {
      const sample = queue.waiting[0];
      if (sample && (await post(sample)) === 204) {
        queue.waiting.shift();
        sent.push(sample);
        appendFileSync(ledgerPath, `${JSON.stringify(['sent', sample.host, sample.timeMs, sample.value])}\n`);
      } else {
        if (sample) retries += 1;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
  const senders = queues.map(sendAll);

  return {
    sent, abandoned, wrongAnswers,
    retries: () => retries,
    setUrl(next) {
      url = next;
    },
    async finish() {
      clearInterval(measuring);
      finishing = true;
      await Promise.all(senders);
    },
  };
}

function readLedger(path: string): { sent: Sample[]; abandoned: Sample[] } {
  const sent: Sample[] = [];
  const made = new Map<string, Sample>();
  if (existsSync(path)) {
    for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
      const [what, host, timeMs, value] = JSON.parse(line) as [string, string, number, number];
      const sample = { host, timeMs, value };
      if (what === 'made') made.set(`${host} ${timeMs}`, sample);
      else if (made.delete(`${host} ${timeMs}`)) sent.push(sample);
    }
  }
  return { sent, abandoned: [...made.values()] };
}
