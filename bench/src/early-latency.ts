/** From a sample that no later one can undo to its alarm on the bus, at 10,000 resources with 10 watched series each. */
import { startServer, type ServerProcess } from '@opsloop/testing';
import { sendAll, settled } from './ingest.js';
import { openAlarmStream } from './load/alarm-stream.js';
import { quantilesOf, type Quantiles } from './load/quantiles-of.js';
import { fleetLine, nameOf, watchedFleet, watchFleet } from './load/watched-fleet.js';

export interface EarlyLatencyResult {
  readonly alarms: number;
  /** Of the alarms: told before their window had ended. */
  readonly beforeWindowEnd: number;
  /** From the arrival that the collector stamped, and from the moment it was sent. */
  readonly fromArrival: Quantiles;
  readonly fromSending: Quantiles;
  readonly cpuSecondsPerSecond: number;
}

const { resources, series } = watchedFleet;
const stepMs = 10_000;
/** A sender counts as one that sends in order after 32 rows. */
const rowsBefore = 36;
const slotsPerStep = 100;
/** In each second 20 resources cross the threshold of one of their series. */
const loudEvery = 50;

export async function measureEarlyLatency(liveMs = 60_000): Promise<EarlyLatencyResult> {
  const server = await startServer();
  try {
    await watchFleet(server, { aggregate: 'MAX' });
    const firstMs = Math.ceil(Date.now() / stepMs) * stepMs + 90_000;
    await sendAll(server, history(firstMs));
    await settled(server);
    await allSeeded(server, firstMs);
    const stream = openAlarmStream(server);
    const cpuBefore = server.cpuSeconds();
    const sentMs = await sendLive(server, liveMs);
    const cpuSeconds = server.cpuSeconds() - cpuBefore;
    await stream.until(sentMs.size, 30_000);
    const opened = stream.opened.filter(({ data }) => sentMs.has(data.resourceName));
    return {
      alarms: opened.length,
      beforeWindowEnd: opened.filter(({ onBusMs, data }) => onBusMs < data.windowEndMs).length,
      fromArrival: quantilesOf(opened.map(({ onBusMs, data }) => onBusMs - data.trace.arrivalMs)),
      fromSending: quantilesOf(opened.map(({ onBusMs, data }) => onBusMs - sentMs.get(data.resourceName)!)),
      cpuSecondsPerSecond: cpuSeconds / (liveMs / 1000),
    };
  } finally {
    await server.stop();
  }
}

/** Each resource has its own moment within the ten seconds. */
function phaseMs(resource: number): number {
  return Math.floor((resource % slotsPerStep) * (stepMs / slotsPerStep));
}

/** The rows of all resources before the live ones: one body a resource. */
function history(firstMs: number): Buffer[] {
  return Array.from({ length: resources }, (_, resource) =>
    Buffer.from(Array.from({ length: rowsBefore }, (_row, row) => fleetLine(resource, firstMs - 120_000 - (rowsBefore - row) * stepMs + phaseMs(resource), false)).join('')));
}

/** Series that the trigger has just met wait for their history. */
async function allSeeded({ url }: ServerProcess, untilMs: number): Promise<void> {
  for (;;) {
    const text = await (await fetch(`${url}/metrics`)).text();
    const seeded = [...text.matchAll(/opsloop_trigger_series_seeded_total\{[^}]*\} (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
    if (seeded >= resources * series) break;
    if (Date.now() > untilMs + 300_000) throw new Error(`only ${seeded} series have their history`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  await new Promise((resolve) => setTimeout(resolve, 2_000));
}

/** A hundred resources every tenth of a second; a sample is as old as its body. Answers when each loud one was sent. */
async function sendLive(server: ServerProcess, liveMs: number): Promise<Map<string, number>> {
  const sentMs = new Map<string, number>();
  const startMs = Math.ceil(Date.now() / stepMs) * stepMs;
  const pending: Promise<unknown>[] = [];
  for (let slot = 0; slot < (liveMs / stepMs) * slotsPerStep; slot++) {
    const dueMs = startMs + slot * (stepMs / slotsPerStep);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - Date.now())));
    const lines: string[] = [];
    const round = Math.floor(slot / slotsPerStep);
    for (let resource = slot % slotsPerStep; resource < resources; resource += slotsPerStep) {
      const isLoud = Math.floor(resource / slotsPerStep) % loudEvery === round;
      lines.push(fleetLine(resource, dueMs, isLoud));
      if (isLoud) sentMs.set(nameOf(resource), Date.now());
    }
    pending.push(sendAll(server, [Buffer.from(lines.join(''))]));
  }
  await Promise.all(pending);
  return sentMs;
}
