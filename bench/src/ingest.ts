/** The whole path: HTTP -> bus on disk -> windows -> history, in samples per CPU-second of the server process. */
import { createBodyMaker } from './load/agent-body.js';
import { sendBodies } from './load/send-bodies.js';
import { startServer, type ServerProcess } from '@opsloop/testing';

const stepS = 10;
const rounds = 5;

export interface IngestResult {
  readonly windowMs: number;
  /** Of one round. */
  readonly samples: number;
  /** Of each round, ascending. */
  readonly cpuSeconds: readonly number[];
  /** By the median round. */
  readonly samplesPerCpuSecond: number;
  readonly bestSamplesPerCpuSecond: number;
  /** Of all rounds together, with what the server did between them: its coarser tiers, above all. */
  readonly sustainedSamplesPerCpuSecond: number;
  readonly microsecondsPerSample: number;
  readonly statuses: Record<string, number>;
  readonly windowsInHistory: number;
}

/**
 * `hosts` hosts that flush 125 fields every 10 s of event time, `ticks` times, as fast as the server takes them. The
 * same load several times on one server: a virtual machine's CPU is not the same from one second to the next, so the
 * median and the best are told.
 */
export async function measureIngest(windowMs: number, hosts = 300, ticks = 60): Promise<IngestResult> {
  const server = await startServer({ settings: { OPSLOOP_WINDOW_MS: String(windowMs) } });
  try {
    const used: number[] = [];
    const statuses: Record<string, number> = {};
    let samples = 0;
    let warmCpuSeconds = 0;
    // The first round warms: compiled code and open files are what a server that runs for days has.
    for (let round = rounds; round >= 0; round--) {
      const load = prepareBodies(hosts, ticks, round);
      const cpuBefore = server.cpuSeconds();
      for (const [status, count] of Object.entries(await sendAll(server, load.bodies))) statuses[status] = (statuses[status] ?? 0) + count;
      await settled(server);
      if (round < rounds) used.push(server.cpuSeconds() - cpuBefore);
      else warmCpuSeconds = server.cpuSeconds();
      samples = load.samples;
    }
    const cpuSeconds = used.toSorted((a, b) => a - b);
    const median = cpuSeconds[rounds >> 1]!;
    return {
      windowMs, samples, statuses, cpuSeconds,
      samplesPerCpuSecond: Math.round(samples / median),
      bestSamplesPerCpuSecond: Math.round(samples / cpuSeconds[0]!),
      sustainedSamplesPerCpuSecond: Math.round((rounds * samples) / (server.cpuSeconds() - warmCpuSeconds)),
      microsecondsPerSample: (1e6 * median) / samples,
      windowsInHistory: await countWindows(server),
    };
  } finally {
    await server.stop();
  }
}

/** Bodies of `hosts` hosts for `ticks` ticks that end now, or `roundsAgo` such loads before. */
export function prepareBodies(hosts: number, ticks: number, roundsAgo = 0): { bodies: Buffer[]; samples: number } {
  const make = createBodyMaker(42 + roundsAgo);
  const endS = Math.floor(Date.now() / 10_000) * 10 - roundsAgo * ticks * stepS;
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
