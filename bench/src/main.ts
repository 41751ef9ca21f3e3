/** Benchmarks: CPU time per unit of work, and ratios. `npm run bench` runs all; `npm run bench -- ingest memory` some. */
import { measureAlarmLatency } from './alarm-latency.js';
import { measureEarlyLatency } from './early-latency.js';
import { measureIngest } from './ingest.js';
import { measureMemory } from './memory.js';
import { measureAnomaly } from './stages/anomaly.js';
import { measureBus, measureDocuments } from './stages/bus.js';
import { measureEarlyCost } from './stages/early.js';
import { measureCluster } from './stages/cluster.js';
import { measureForecast, measureForecastPolicy } from './stages/forecast.js';
import { measureInflux } from './stages/influx.js';
import { measureIntake } from './stages/intake.js';
import { measureLogTemplates } from './stages/log-templates.js';
import { measureMetricStore } from './stages/metric-store.js';
import { measureModelMemory } from './stages/model-memory.js';
import { measureTrigger } from './stages/trigger.js';
import { measureWindows, measureWindowsMemory } from './stages/windows.js';
import { cpus } from 'node:os';

const windowWidths = [60_000, 10_000];

const benches: Record<string, { readonly what: string; run(): Promise<unknown> }> = {
  ingest: {
    what: 'HTTP -> bus on disk -> windows -> history: samples per CPU-second of the process (targets: 700,000 with 60 s windows, 450,000 with 10 s)',
    run: () => inTurn(windowWidths, (windowMs) => measureIngest(windowMs)),
  },
  memory: { what: 'bytes per active series, slope between 37,500 and 150,000 (target 2,048)', run: measureMemory },
  latency: { what: 'from the tick that closes a window to the alarm on the bus, 10,000 resources with 10 watched series each (target p99 1,500 ms)', run: measureAlarmLatency },
  'early-latency': { what: 'from a sample that no later one can undo (MAX above) to its alarm on the bus, before its window ends; 10,000 resources with 10 watched series each (target p99 1,500 ms)', run: () => measureEarlyLatency() },
  early: { what: 'us of CPU per sample of the aggregator with nothing watched and with 10 watched series of 125, paired', run: () => inTurn(windowWidths, async (windowMs) => measureEarlyCost(windowMs)) },
  intake: { what: 'us of CPU per sample: scan, scan to encoded batch, decode; fields in order and shuffled; ways to encode a batch', run: () => inTurn([false, true], (shuffled) => measureIntake({ shuffled })) },
  bus: { what: 'us of CPU per record published and delivered to two groups', run: () => inTurn([1, 16], (publishers) => measureBus(publishers)) },
  documents: { what: 'document operations per CPU-second', run: () => measureDocuments() },
  windows: { what: 'us of CPU per sample: decode, step, close and encode', run: () => inTurn(windowWidths, async (windowMs) => ({ ...measureWindows(windowMs), ...measureWindowsMemory(windowMs) })) },
  trigger: { what: 'us of CPU per window judged, bytes of state per watched series', run: async () => measureTrigger() },
  anomaly: { what: 'the anomaly detector as the trigger steps it, 100,000 series: us of CPU per sample (target, with the forecast: 5 us)', run: async () => measureAnomaly() },
  'log-templates': { what: 'log lines per CPU-second to their templates; with names that were seen, and with new ones in a tenth of the lines that name somebody', run: () => inTurn([0, 0.1], async (newNames) => measureLogTemplates(newNames)) },
  history: { what: 'us of CPU per row written; one series over 24 h (target p95 50 ms), top 10 of 5,000 series (200 ms)', run: () => measureMetricStore() },
  influx: {
    what: 'us of CPU per window written to a real InfluxDB, here and in the server, with one sample a window and with five; reads',
    run: () => inTurn([1, 5], (samplesPerWindow) => measureInflux({ hosts: 40, seriesPerHost: 125, hours: 1, samplesPerWindow })),
  },
  cluster: {
    what: 'Kafka, InfluxDB and each service a process: us of CPU per sample of every hop against the embedded path; two aggregators against one (target 1.8 x where there are cores for it)',
    run: () => measureCluster(),
  },
  forecast: {
    what: 'us of CPU per sample taken in and per forecast (target, with the anomaly detector: 5 us)',
    run: () => inTurn([[10_000, 3_600_000], [10_000, 172_800_000], [60_000, 172_800_000]] as const, async ([stepMs, horizonMs]) => measureForecast(stepMs, horizonMs)),
  },
  'forecast-policy': {
    what: 'us of CPU per window of a forecast policy as the trigger steps it: far from its threshold, and near to it',
    run: () => inTurn([['60m', 200], ['60m', 66], ['10m', 200], ['1d', 200]] as const, async ([within, threshold]) => measureForecastPolicy(within, threshold)),
  },
  'model-memory': { what: 'what the trigger keeps for a forecast policy and for an anomaly policy of a series, 100,000 series that hold weeks each (target 4,096 bytes together)', run: measureModelMemory },
};

async function inTurn<In, Out>(inputs: readonly In[], run: (input: In) => Promise<Out>): Promise<Out[]> {
  const results: Out[] = [];
  for (const input of inputs) results.push(await run(input));
  return results;
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(`there is no benchmark ${unknown.join(', ')}: choose from ${Object.keys(benches).join(', ')}`);
  process.exit(2);
}
console.log(`${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}`);
for (const [name, { what, run }] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`\n${name}: ${what}`);
  console.log(JSON.stringify(await run(), undefined, 2));
}
