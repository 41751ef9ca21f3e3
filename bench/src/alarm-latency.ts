/** From the tick that closes a window to the alarm on the bus, at 10,000 resources with 10 watched series each. */
import { startServer, type ServerProcess } from '@opsloop/testing';
import { sendAll } from './ingest.js';

export interface LatencyResult {
  readonly alarms: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const resources = 10_000;
const metrics = Array.from({ length: 10 }, (_, index) => `m${index}`);
/** Every tenth resource crosses its threshold on one metric. */
const loudEvery = 10;
const windowMs = 10_000;

export async function measureAlarmLatency(): Promise<LatencyResult> {
  const server = await startServer();
  try {
    for (const metric of metrics) await putPolicy(server, metric);
    // The trigger looks for new policies about once a second.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const stream = openAlarmStream(server);
    const startMs = Math.floor(Date.now() / windowMs) * windowMs - 2 * windowMs;
    for (const at of [startMs, startMs + windowMs]) await sendAll(server, bodies(at, at !== startMs));
    // Nothing more comes: ticks close what is open, all of it at once.
    await stream.until(resources / loudEvery, 120_000);
    const latencies = stream.opened.map(({ onBusMs, data }) => onBusMs - data.trace.arrivalMs);
    return { alarms: latencies.length, p50Ms: quantile(latencies, 0.5), p99Ms: quantile(latencies, 0.99), maxMs: quantile(latencies, 1) };
  } finally {
    await server.stop();
  }
}

export async function putPolicy({ url, adminToken }: ServerProcess, metric: string, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const body = { apiVersion: 'opsloop/v1', kind: 'Policy', metadata: { name: `bench-${metric}` }, spec: { metric: `bench.${metric}`, window: '10s', threshold: { critical: '> 50' }, ...more } };
  const answer = await fetch(`${url}/api/v1/policies/bench-${metric}`, { method: 'PUT', headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}

function bodies(atMs: number, loud: boolean): Buffer[] {
  return Array.from({ length: resources }, (_, resource) => {
    const fields = metrics.map((metric, index) => `${metric}=${loud && resource % loudEvery === 0 && index === resource % 7 ? 90 : 10}`).join(',');
    return Buffer.from(`bench,host=bench-${resource} ${fields} ${atMs + 5_000}000000\n`);
  });
}

export interface SeenAlarm {
  /** When it was written to the bus. */
  readonly onBusMs: number;
  readonly data: { readonly resourceName: string; readonly windowEndMs: number; readonly trace: { readonly arrivalMs: number } };
}

/** Alarms that open, as they come. */
export function openAlarmStream({ url, adminToken }: ServerProcess): { readonly opened: readonly SeenAlarm[]; until(count: number, withinMs: number): Promise<void> } {
  const opened: SeenAlarm[] = [];
  const abort = new AbortController();
  const reading = (async () => {
    const answer = await fetch(`${url}/api/v1/events`, { headers: { authorization: `Bearer ${adminToken}` }, signal: abort.signal });
    let text = '';
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const events = text.split('\n\n');
      text = events.pop()!;
      for (const event of events) {
        const match = /^id: (\d+)\nevent: alarm\ndata: (.*)$/m.exec(event);
        if (!match) continue;
        const { type, data } = JSON.parse(match[2]!) as { type: string; data: SeenAlarm['data'] };
        if (type === 'alarm.opened') opened.push({ onBusMs: Number(match[1]), data });
      }
    }
  })().catch(() => undefined);
  return {
    opened,
    async until(count, withinMs) {
      const untilMs = performance.now() + withinMs;
      while (opened.length < count && performance.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 250));
      abort.abort();
      await reading;
    },
  };
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
