/** Kills under load, judged by a ledger. `npm run faults -- --kills 120 --seed 1`; with `--cluster` processes of the cluster and other faults beside; `--points a,b` for some points alone. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { faultPoints, momentName, servicesOf } from './fault-points.js';
import { runCluster } from './run-cluster.js';
import { runEmbedded } from './run-embedded.js';

const { values } = parseArgs({
  options: {
    cluster: { type: 'boolean', default: false }, kills: { type: 'string' }, faults: { type: 'string' }, brokers: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' }, hosts: { type: 'string', default: '4' }, fresh: { type: 'boolean', default: false }, points: { type: 'string' },
  },
});
const { cluster, brokers } = values;
const kills = Number(values.kills ?? (cluster ? 80 : 120));
const seed = Number(values.seed);
const possible = cluster ? [...Object.keys(faultPoints).filter((point) => servicesOf(point).length > 0), `api.${momentName}`] : Object.keys(faultPoints);
const points = values.points?.split(',') ?? possible;
const wrongPoint = points.find((point) => !possible.includes(point));
if (wrongPoint !== undefined) throw new Error(`--points: there is no point ${wrongPoint} in faults/src/fault-points.ts${cluster ? ' that a service of the cluster passes' : ''}`);
if (brokers !== '1' && brokers !== '3') throw new Error('--brokers must be 1 or 3');

const given = Object.entries(values).filter(([name]) => name !== 'fresh' && (cluster || name !== 'brokers')).flatMap(([name, value]) => (value === true ? [`--${name}`] : value === false || value === undefined ? [] : [`--${name} ${value}`]));
const folder = fileURLToPath(new URL(`../../data/faults/${cluster ? 'cluster-' : ''}${seed}-${kills}${values.points === undefined ? '' : '-some'}`, import.meta.url));
const options = { kills, seed, hosts: Number(values.hosts), fresh: values.fresh, points, folder, command: `npm run faults -- ${given.join(' ')}` };
const kept = cluster ? await runCluster({ ...options, brokers: brokers === '1' ? 1 : 3, faults: values.faults?.split(',') }) : await runEmbedded(options);
process.exit(kept ? 0 : 1);
