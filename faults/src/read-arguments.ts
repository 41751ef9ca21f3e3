import { parseArgs } from 'node:util';
import { clusterFaultNames } from './cluster/cluster-fault-names.js';
import { faultPoints, momentName, servicesOf } from './fault-points.js';

export const usage = `usage: npm run faults -- [--kills N] [--seed N] [--hosts N] [--points A,B] [--fresh] [--cluster [--brokers 1|3] [--faults "A,B"]]
  --kills N      kill -9 at that many named points; default 120, with --cluster 80; 0 for other faults alone
  --seed N       order of the points and passings, the same for the same seed; default 1
  --hosts N      hosts that send at the same time; default 4
  --points A,B   these points alone, names of faults/src/fault-points.ts; default all
  --fresh        begin anew; without it a run that was interrupted is taken up where it stood, when it is given the same options
  --cluster      processes of the cluster on Kafka, InfluxDB and the document server instead of all-in-one
  --brokers N    of Kafka: 1 or 3; default 3
  --faults "A,B" these faults after the kills, default all; "" for none:
${clusterFaultNames(3).map((name) => `                   ${name}`).join('\n')}
  --help         this
Report: data/faults/[cluster-]SEED-KILLS[-some].md. Exit code: 0 when every promise was kept.`;

export interface RunArguments {
  readonly cluster: boolean;
  readonly kills: number;
  readonly seed: number;
  readonly hosts: number;
  readonly fresh: boolean;
  readonly points: readonly string[];
  /** Not all points that there are. */
  readonly isPartial: boolean;
  readonly brokers: 1 | 3;
  readonly faults: readonly string[];
  /** The same options again, but for --fresh. */
  readonly given: string;
}

/** Throws what is wrong with which option, and how to mend it. */
export function readArguments(args: readonly string[]): RunArguments | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      cluster: { type: 'boolean', default: false }, kills: { type: 'string' }, seed: { type: 'string', default: '1' }, hosts: { type: 'string', default: '4' },
      fresh: { type: 'boolean', default: false }, points: { type: 'string' }, brokers: { type: 'string' }, faults: { type: 'string' }, help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const { cluster, fresh } = values;
  for (const name of ['brokers', 'faults'] as const) if (!cluster && values[name] !== undefined) throw new Error(`--${name} needs --cluster: all-in-one has neither brokers nor servers`);
  const brokers = Number(values.brokers ?? '3');
  if (brokers !== 1 && brokers !== 3) throw new Error(`--brokers must be 1 or 3, not ${values.brokers}`);
  const possible = cluster ? [...Object.keys(faultPoints).filter((point) => servicesOf(point).length > 0), `api.${momentName}`] : Object.keys(faultPoints);
  const points = chosenOf('points', values.points, possible, `no point of ${cluster ? 'a service of the cluster' : 'all-in-one'}: they are listed in faults/src/fault-points.ts`);
  const names = clusterFaultNames(brokers);
  const faults = cluster ? chosenOf('faults', values.faults, names, `no fault of a cluster with ${brokers} broker${brokers === 1 ? '' : 's'}: choose from ${names.join(', ')}`) : [];
  const given = Object.entries({ ...values, fresh: false }).flatMap(([name, value]) => (value === true ? [`--${name}`] : value === false || value === undefined ? [] : [`--${name} ${/^[\w.,-]+$/.test(value) ? value : `"${value}"`}`]));
  return {
    cluster, fresh, points, brokers, faults,
    kills: wholeNumber('kills', values.kills ?? (cluster ? '80' : '120'), 0),
    seed: wholeNumber('seed', values.seed, 0),
    hosts: wholeNumber('hosts', values.hosts, 1),
    isPartial: values.points !== undefined,
    given: given.join(' '),
  };
}

/** All that is possible when nothing is asked. */
function chosenOf(option: string, asked: string | undefined, possible: readonly string[], otherwise: string): readonly string[] {
  if (asked === undefined) return possible;
  const chosen = asked.split(',').map((name) => name.trim()).filter((name) => name !== '');
  const wrong = chosen.find((name) => !possible.includes(name));
  if (wrong !== undefined) throw new Error(`--${option}: "${wrong}" is ${otherwise}`);
  return chosen;
}

function wholeNumber(option: string, text: string, least: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > 100_000) throw new Error(`--${option} must be a whole number from ${least} to 100000, not ${text}`);
  return number;
}
