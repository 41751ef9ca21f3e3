/** The whole path: HTTP -> bus on disk -> windows -> history, in samples per CPU-second of the server process. */
import { createBodyMaker } from './load/agent-body.js';
import { sendBodies } from './load/send-bodies.js';
import { startServer, type ServerProcess } from '@opsloop/testing';

const stepS = 10;

export interface IngestResult {
  readonly windowMs: number;
  readonly samples: number;
  readonly cpuSeconds: number;
  readonly samplesPerCpuSecond: number;
  readonly microsecondsPerSample: number;
  readonly wallSeconds: number;
  readonly statuses: Record<string, number>;
  readonly windowsInHistory: number;
}

/** `hosts` hosts that flush 125 fields every 10 s of event time, `ticks` times, as fast as the server takes them. */
export async function measureIngest(windowMs: number, hosts = 300, ticks = 60): Promise<IngestResult> {
  const server = await startServer({ settings: { OPSLOOP_WINDOW_MS: String(windowMs) } });
  try {
    const { bodies, samples } = prepareBodies(hosts, ticks);
    // Warm with the same load: compiled code and open files are what a server that runs for days has.
    await sendAll(server, prepareBodies(hosts, ticks, 1).bodies);
    await settled(server);
    const cpuBefore = server.cpuSeconds();
    const startMs = performance.now();
    const statuses = await sendAll(server, bodies);
    const wallSeconds = (performance.now() - startMs) / 1000;
    await settled(server);
    const cpuSeconds = server.cpuSeconds() - cpuBefore;
    return {
      windowMs, samples, cpuSeconds, wallSeconds, statuses,
      samplesPerCpuSecond: Math.round(samples / cpuSeconds),
      microsecondsPerSample: (1e6 * cpuSeconds) / samples,
      windowsInHistory: await countWindows(server),
    };
  } finally {
    await server.stop();
  }
}

/** Bodies of `hosts` hosts for `ticks` ticks that end now. */
export function prepareBodies(hosts: number, ticks: number, seed = 42): { bodies: Buffer[]; samples: number } {
  const make = createBodyMaker(seed);
  const endS = Math.floor(Date.now() / 10_000) * 10 - (seed === 42 ? 0 : ticks * stepS + 600);
  const bodies: Buffer[] = [];
  let samples = 0;
  for (let tick = 0; tick < ticks; tick++) {
    for (let host = 0; host < hosts; host++) {
      const body = make(host, endS - (ticks - tick) * stepS);
      bodies.push(body.bytes);
      samples += body.samples;
    }
  }
  return { bodies, samples };
}

export function sendAll(server: ServerProcess, bodies: readonly Buffer[]): Promise<Record<string, number>> {
  let next = 0;
  return sendBodies({ url: server.url, token: server.ingestToken, connections: 16, next: () => bodies[next++] });
}

/** Until the server has nothing left to do: its CPU stands still for a second. */
export async function settled(server: ServerProcess): Promise<void> {
  for (let before = -1; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const now = server.cpuSeconds();
    if (now - before < 0.15) return;
    before = now;
  }
}

async function countWindows(server: ServerProcess): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/opsloop_history_windows_total(?:\{[^}]*\})? (\d+)/.exec(text)?.[1] ?? NaN);
}
