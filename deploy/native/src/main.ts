/** `npm run cluster`: everything on this machine, until Ctrl-C. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { clusterServices, startCluster } from './start-cluster.js';

const usage = `usage: npm run cluster -- [--data DIR] [--pairs] [--brokers 1|3] [--api-port N] [--collector-port N] [--SERVICE N ...]
  --pairs      two each of aggregator, trigger, action and executor
  --SERVICE N  that many processes of ${clusterServices.join(', ')}
OPSLOOP_ settings of this shell are handed to every service.`;

function readArguments() {
  const counted = Object.fromEntries(clusterServices.map((service) => [service, { type: 'string' as const }]));
  const { values } = parseArgs({
    options: {
      ...counted,
      data: { type: 'string', default: './data/cluster' }, pairs: { type: 'boolean', default: false }, brokers: { type: 'string', default: '1' },
      'api-port': { type: 'string', default: '8080' }, 'collector-port': { type: 'string', default: '8081' }, help: { type: 'boolean', default: false },
    },
  });
  const given = values as Readonly<Record<string, string | boolean | undefined>>;
  const paired = ['aggregator', 'trigger', 'action', 'executor'];
  const counts = clusterServices.map((service) => [service, Number(given[service] ?? (values.pairs && paired.includes(service) ? 2 : 1))] as const);
  const wrong = counts.find(([, count]) => !Number.isInteger(count) || count < 1 || count > 16);
  if (wrong) throw new Error(`--${wrong[0]} must be a whole number from 1 to 16`);
  if (values.brokers !== '1' && values.brokers !== '3') throw new Error('--brokers must be 1 or 3');
  return { help: values.help, dataDir: resolve(values.data), brokers: Number(values.brokers) as 1 | 3, counts: Object.fromEntries(counts), ports: { api: Number(values['api-port']), collector: Number(values['collector-port']) } };
}

try {
  const { help, ...options } = readArguments();
  const settings = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[0].startsWith('OPSLOOP_') && entry[1] !== undefined));
  if (help) process.stdout.write(`${usage}\n`);
  else {
    // Before everything runs there is nothing to hand back: what has begun ends with this process.
    let stop: (() => Promise<void>) | undefined;
    const end = (): void => {
      const stopping = stop;
      stop = undefined;
      if (!stopping) process.exit(1);
      process.stdout.write('stopping\n');
      void stopping().then(() => process.exit(0));
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
    const cluster = await startCluster({ ...options, settings, detached: true, environment: process.env, tell: (line) => void process.stdout.write(`${line}\n`) });
    if ('reason' in cluster) throw new Error(cluster.reason);
    const { kafka, influxd, mongo, services, apiUrl, collectorUrl } = cluster;
    process.stdout.write(`\nThe cluster is ready at ${apiUrl}\n  agents send to   ${collectorUrl}\n  tokens           ${options.dataDir}/tokens.json\n  command line     OPSLOOP_DATA_DIR=${options.dataDir} npx opsloop simulate incident\n  Kafka            ${kafka.addresses.join(',')}\n  InfluxDB         ${influxd.url}\n  documents        ${mongo.url}\n`);
    for (const { instance, url, logFile, pid } of services) process.stdout.write(`  ${instance.padEnd(16)} ${`${pid()}`.padEnd(8)} ${url ?? ''}  ${logFile}\n`);
    process.stdout.write('Ctrl-C stops everything.\n');
    stop = cluster.stop;
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
  process.exitCode = 1;
}
