/** Faults of the cluster other than a kill at a point: frozen processes, a broker, InfluxDB, the document server, a full disk. */
import { readFileSync } from 'node:fs';
import type { Api, Page, WorkOrder, WorkOrderAnswer } from '@opsloop/contracts';
import type { Cluster, ServiceProcess } from '@opsloop/native';
import { askApi, type ApiAddress } from './ask-api.js';
import type { Campaign } from './campaign.js';
import { createCatchUp } from './catch-up.js';
import type { DoneFault } from './progress.js';
import { fillDisk } from './small-disk.js';

export interface ClusterFaultDeps {
  readonly cluster: Cluster;
  readonly campaign: Campaign;
  readonly api: ApiAddress;
  /** Data folder of InfluxDB. */
  readonly disk: string;
  /** Why it is no disk of its own. */
  readonly noDisk: string | undefined;
}

export interface ClusterFault {
  readonly name: string;
  run(): Promise<Omit<DoneFault, 'what' | 'name'>>;
}

/** Longer than the session at Kafka (6 s in these runs) and every lease on a document (45 s at most). */
const frozenMs = 50_000;
const downMs = 30_000;
const diskFullMs = 20_000;
/** What a process says whose late write was refused. */
const refusals = /newer owner|a run was let go|was let go/g;

export function clusterFaults({ cluster, campaign, api, disk, noDisk }: ClusterFaultDeps): readonly ClusterFault[] {
  const catchUp = createCatchUp(campaign.load, api);
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  /** Alarms of what is measured while `outage` lasts must be there before it ends, when `alarmsGoOn`. */
  async function during(outage: { begin(): Promise<void> | void; end(): Promise<void> | void; lastsMs: number }, alarmsGoOn: boolean): Promise<{ readonly how: string; readonly broken: string[] }> {
    const fromMs = Date.now();
    await outage.begin();
    await pause(outage.lastsMs);
    const missing = alarmsGoOn ? await catchUp.missingAlarms(fromMs, Date.now() - 15_000) : [];
    const seen = alarmsGoOn ? await catchUp.countAlarms(fromMs, Date.now() - 15_000) : 0;
    await outage.end();
    const took = await catchUp.untilComplete(fromMs, Date.now());
    const meanwhile = alarmsGoOn ? `${seen} alarms opened meanwhile, ${missing.length} missing; ` : '';
    return { how: `${outage.lastsMs / 1000} s; ${meanwhile}${took}`, broken: missing.map((key) => `alarm ${key} did not open during the fault`) };
  }

  async function freeze(victims: readonly ServiceProcess[], lastsMs: number): Promise<Omit<DoneFault, 'what' | 'name'>> {
    const begun = victims.map(({ logFile }) => readFileSync(logFile, 'utf8').length);
    const found = await during({ lastsMs, begin: () => victims.forEach((one) => one.freeze()), end: () => victims.forEach((one) => one.thaw()) }, true);
    await pause(5_000);
    const refused = victims.map(({ logFile }, i) => readFileSync(logFile, 'utf8').slice(begun[i]).match(refusals)?.length ?? 0);
    const told = victims.map(({ instance }, i) => `${instance} ${refused[i]}`).join(', ');
    return { victim: victims.map(({ instance }) => instance).join(', '), hit: true, crashes: victims.length, ...found, how: `${found.how}; late writes refused: ${told}` };
  }

  const instance = (name: string): ServiceProcess => cluster.services.find((one) => one.instance === name)!;

  /** The executor of a run that is under way now. */
  async function busyExecutor(): Promise<ServiceProcess> {
    for (let tries = 0; tries < 600; tries += 1) {
      const { items } = await askApi<Page<Api<WorkOrder>>>(api, 'work-orders?state=running&limit=1');
      const { runDetails } = items[0] ? await askApi<WorkOrderAnswer>(api, `work-orders/${encodeURIComponent(items[0].id)}`) : { runDetails: [] };
      const owner = cluster.services.find((one) => runDetails.some(({ state, executor }) => state === 'running' && executor === one.instance));
      if (owner) return owner;
      await pause(50);
    }
    throw new Error('no run began within half a minute');
  }

  const outage = (name: string, victim: string, alarmsGoOn: boolean, engine: { kill(): Promise<void>; start(): Promise<void> }): ClusterFault => ({
    name,
    run: async () => ({ victim, hit: true, crashes: 1, ...(await during({ lastsMs: downMs, begin: engine.kill, end: engine.start }, alarmsGoOn)) }),
  });

  const faults: readonly ClusterFault[] = [
    { name: 'frozen past session and leases', run: () => freeze(['aggregator-1', 'trigger-1', 'action-1', 'executor-1'].map(instance), frozenMs) },
    ...[1, 2].map((number) => ({
      name: `executor frozen within a run (${number})`,
      run: async () => freeze([await busyExecutor()], 25_000),
    })),
    ...(cluster.kafka.brokers.length === 3 ? [1, 2, 3].map((number) => outage(`broker ${number} of 3 killed`, `broker ${number}`, true, cluster.kafka.brokers[number - 1]!)) : []),
    outage('InfluxDB down', 'influxd', true, cluster.influxd),
    outage('document server down', 'mongo-java-server', false, cluster.mongo),
    {
      name: 'disk full',
      async run() {
        if (noDisk !== undefined) return { victim: '', how: `not run: ${noDisk}`, hit: false, crashes: 0, broken: [] };
        let makeRoom = (): void => undefined;
        const mend = async (): Promise<void> => {
          makeRoom();
          // A shard that it could not open for want of room InfluxDB opens again at its next start only.
          await cluster.influxd.stop();
          await cluster.influxd.start();
        };
        const found = await during({ lastsMs: diskFullMs, begin: () => void (makeRoom = fillDisk(disk)), end: mend }, true);
        return { victim: 'data folder of InfluxDB', hit: true, crashes: 1, ...found };
      },
    },
  ];
  return faults.map(({ name, run }) => ({
    name,
    async run() {
      // What the fault before left behind is not for this one to answer.
      await catchUp.untilCalm();
      return run();
    },
  }));
}
