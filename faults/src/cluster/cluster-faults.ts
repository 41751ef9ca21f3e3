/** Faults of the cluster other than a kill at a point: frozen processes, a broker, InfluxDB, the document server, a full disk. */
import type { Cluster, ServiceProcess } from '@opsloop/native';
import type { ApiAddress } from '../ask-api.js';
import type { Campaign } from '../campaign.js';
import { createCatchUp } from '../load/catch-up.js';
import type { ClusterFaultName } from './cluster-fault-names.js';
import { freeze, freezeOwner } from './freeze.js';
import { passOutage } from './outage.js';
import type { FaultEnd } from '../progress.js';
import { fillDisk } from './small-disk.js';
import { untilInSync } from './until-in-sync.js';

export interface ClusterFaultDeps {
  readonly cluster: Cluster;
  readonly campaign: Campaign;
  readonly api: ApiAddress;
  /** Data folder of InfluxDB. */
  readonly disk: string;
  /** Why it is no disk of its own. */
  readonly noDisk: string | undefined;
}

const downMs = 30_000;
const diskFullMs = 20_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Each fault by its name; it begins when alarms come as promptly as without one. */
export function clusterFaults({ cluster, campaign, api, disk, noDisk }: ClusterFaultDeps): Readonly<Record<ClusterFaultName, () => Promise<FaultEnd>>> {
  const { kafka, influxd, mongo, services } = cluster;
  const catchUp = createCatchUp(campaign.load, api);
  const executors = services.filter(({ service }) => service === 'executor');
  const instance = (name: string): ServiceProcess => services.find((one) => one.instance === name)!;

  const outage = (victim: string, alarmsGoOn: boolean, engine: { kill(): Promise<void>; start(): Promise<void> } | undefined) => async (): Promise<FaultEnd> => {
    if (!engine) throw new Error(`there is no ${victim}`);
    return { victim, hit: true, crashes: 1, ...(await passOutage(catchUp, { begin: engine.kill, lasts: () => pause(downMs), end: engine.start, alarmsGoOn })) };
  };
  const broker = (number: number) => outage(`broker ${number}`, true, kafka.brokers[number - 1]);

  async function fillUp(): Promise<FaultEnd> {
    if (noDisk !== undefined) return { victim: '', how: `not run: ${noDisk}`, hit: false, crashes: 0, broken: [] };
    let makeRoom = (): void => undefined;
    const mend = async (): Promise<void> => {
      makeRoom();
      // A shard that it could not open for want of room InfluxDB opens again at its next start only.
      await influxd.stop();
      await influxd.start();
    };
    const found = await passOutage(catchUp, { begin: () => void (makeRoom = fillDisk(disk)), lasts: () => pause(diskFullMs), end: mend, alarmsGoOn: true });
    return { victim: 'data folder of InfluxDB', hit: true, crashes: 1, ...found };
  }

  /** What the fault before left behind is not for this one to answer. */
  const calmly = (run: () => Promise<FaultEnd>) => async (): Promise<FaultEnd> => {
    await untilInSync(kafka.brokers.map(({ address }) => address));
    await catchUp.untilCalm();
    return run();
  };
  const frozenOwner = calmly(() => freezeOwner(catchUp, api, executors));
  return {
    'frozen past session and leases': calmly(() => freeze(catchUp, ['aggregator-1', 'trigger-1', 'action-1', 'executor-1'].map(instance))),
    'executor frozen within a run (1)': frozenOwner,
    'executor frozen within a run (2)': frozenOwner,
    'broker 1 of 3 killed': calmly(broker(1)),
    'broker 2 of 3 killed': calmly(broker(2)),
    'broker 3 of 3 killed': calmly(broker(3)),
    'InfluxDB down': calmly(outage('influxd', true, influxd)),
    'document server down': calmly(outage('mongo-java-server', false, mongo)),
    'disk full': calmly(fillUp),
  };
}
