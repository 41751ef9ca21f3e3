/** From the tick that closes a window to the alarm on the bus, at 10,000 resources with 10 watched series each. */
import { startServer } from '@opsloop/testing';
import { sendAll } from './ingest.js';
import { openAlarmStream } from './load/alarm-stream.js';
import { quantilesOf, type Quantiles } from './load/quantiles-of.js';
import { fleetLine, watchedFleet, watchFleet } from './load/watched-fleet.js';

export interface LatencyResult extends Quantiles {
  readonly alarms: number;
}

const { resources } = watchedFleet;
/** Every tenth resource crosses its threshold on one metric. */
const loudEvery = 10;
const windowMs = 10_000;

export async function measureAlarmLatency(): Promise<LatencyResult> {
  const server = await startServer();
  try {
    await watchFleet(server);
    const stream = openAlarmStream(server);
    const startMs = Math.floor(Date.now() / windowMs) * windowMs - 2 * windowMs;
    for (const at of [startMs, startMs + windowMs]) await sendAll(server, bodies(at, at !== startMs));
    // Nothing more comes: ticks close what is open, all of it at once.
    await stream.until(resources / loudEvery, 120_000);
    const latencies = stream.opened.map(({ onBusMs, data }) => onBusMs - data.trace.arrivalMs);
    return { alarms: latencies.length, ...quantilesOf(latencies) };
  } finally {
    await server.stop();
  }
}

function bodies(atMs: number, loud: boolean): Buffer[] {
  return Array.from({ length: resources }, (_, resource) => Buffer.from(fleetLine(resource, atMs + 5_000, loud && resource % loudEvery === 0)));
}
