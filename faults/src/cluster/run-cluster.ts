/** Kills processes of the cluster at named points under load, then the other faults, then lets the ledger judge. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Alarm, Api, Page } from '@opsloop/contracts';
import { startCluster, type Cluster, type ServiceProcess } from '@opsloop/native';
import { askApi, type ApiAddress } from '../ask-api.js';
import { startCampaign } from '../campaign.js';
import { clusterFaultNames } from './cluster-fault-names.js';
import { clusterFaults } from './cluster-faults.js';
import { groupPolicyNames } from '../load/definitions.js';
import { isOfJudgedGroups, momentName, patienceMs, planKills, servicesOf, type PlannedKill } from '../fault-points.js';
import { openProgress, type Progress } from '../progress.js';
import type { RunOptions } from '../run-options.js';
import { mountSmallDisk, unmountSmallDisk } from './small-disk.js';
import { within } from '../within.js';

export interface ClusterRunOptions extends RunOptions {
  readonly brokers: 1 | 3;
  /** Names of the other faults. */
  readonly faults: readonly string[];
}

const pairs = { aggregator: 2, trigger: 2, action: 2, executor: 2, collector: 1, api: 1, 'host-agent': 0 } as const;
/** A service that is not ready within three minutes is given up by its launcher, which is no kill of ours. */
const startsWithinMs = 170_000;
const killsInARow = 4;
/** A group notices who is gone after its session, and those that are left replay from the last checkpoint. */
const groupPauseMs = 50_000;
const groupsWithinMs = 600_000;
/** What has no second process works for this long between its kills: the others die at points that only work takes them to. */
const aloneWorksMs = 25_000;

export async function runCluster({ kills, seed, hosts, fresh, points, folder, command, brokers, faults }: ClusterRunOptions): Promise<boolean> {
  const disk = join(folder, 'data', 'influxdb');
  if (fresh) unmountSmallDisk(disk);
  const progress = openProgress(folder, fresh);
  const noDisk = mountSmallDisk(disk);
  const campaign = await startCampaign({ progress, hosts, effectMs: 1_000 });
  const settings = { ...campaign.settings, OPSLOOP_KAFKA_SESSION_MS: '6000' };
  const cluster = await startCluster({ environment: process.env, dataDir: join(folder, 'data'), counts: pairs, brokers, settings, tell: console.log });
  if ('reason' in cluster) throw new Error(`no cluster on this machine: ${cluster.reason}`);
  try {
    const api = { url: cluster.apiUrl, adminToken: cluster.adminToken };
    await campaign.applyDefinitions(api);
    campaign.reachable({ api, intake: { url: cluster.collectorUrl, token: cluster.ingestToken } });
    await Promise.all(lanesOf(cluster, planKills(kills, seed, points)).map((lane) => killAlong(lane, progress, api)));
    const known = clusterFaults({ cluster, campaign, api, disk, noDisk });
    const chosen = clusterFaultNames(brokers).filter((name) => faults.includes(name) && !progress.done.some((one) => one.name === name));
    for (const name of chosen) progress.add({ what: 'fault', name, ...(await known[name]()) });
    const kept = campaign.tell(await campaign.conclude(api), { title: 'Cluster', command, points, path: `${folder}.md` });
    await cluster.stop();
    // What lies on it goes with it: a run that failed is kept whole, to be looked at and taken up again.
    if (!kept) return false;
    unmountSmallDisk(disk);
    rmSync(folder, { recursive: true, force: true });
    return true;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

interface Lane {
  readonly instances: readonly ServiceProcess[];
  readonly kills: readonly PlannedKill[];
}

/** The kills of each service in their order. Services die beside each other; of one service one process at a time. */
function lanesOf({ services }: Cluster, plan: readonly PlannedKill[]): Lane[] {
  const serviceOf = ({ point, pick }: PlannedKill): string => {
    const passing = servicesOf(point);
    return passing[Math.floor(pick * passing.length)]!;
  };
  const names = new Set(plan.map(serviceOf));
  return [...names].map((name) => ({
    instances: services.filter(({ service }) => service === name),
    kills: plan.filter((one) => serviceOf(one) === name).toSorted((a, b) => Number(isOfJudgedGroups(a.point)) - Number(isOfJudgedGroups(b.point))),
  }));
}

/** Rejects when no alarm of a group opens for twice as long as its judge takes to hear of every member. */
async function untilGroupsAreJudged(api: ApiAddress): Promise<void> {
  await within(groupsWithinMs, 'an alarm of a group opened', async () => {
    const { items } = await askApi<Page<Api<Alarm>>>(api, `alarms?policy=${groupPolicyNames[0]}&limit=1`);
    return items.length > 0 ? true : undefined;
  });
}

async function killAlong({ instances, kills }: Lane, progress: Progress, api: ApiAddress): Promise<void> {
  const done = progress.done.filter(({ what, victim }) => what === 'kill' && instances.some(({ instance }) => instance === victim)).length;
  for (const [index, planned] of [...kills.entries()].slice(done)) {
    // Several in a row on one process, which is then started but once for each.
    const victim = instances[Math.floor(index / killsInARow) % instances.length]!;
    for (const other of instances) if (other !== victim) await other.start();
    if (isOfJudgedGroups(planned.point)) {
      await victim.start();
      await untilGroupsAreJudged(api);
    }
    progress.add({ what: 'kill', name: planned.point, victim: victim.instance, ...(await killAt(victim, planned)), crashes: 1, broken: [] });
    if (instances.length > 1) continue;
    await victim.start();
    await new Promise((resolve) => setTimeout(resolve, aloneWorksMs));
  }
  for (const one of instances) await one.start();
}

/** Starts the process anew, armed, and waits until it has killed itself. */
async function killAt(victim: ServiceProcess, { point, passing }: PlannedKill): Promise<{ readonly how: string; readonly hit: boolean }> {
  const beganMs = performance.now();
  const found = point.endsWith(momentName) ? await killSoon(victim, passing) : await killArmed(victim, point, passing);
  return { ...found, how: `${found.how}, ${((performance.now() - beganMs) / 1000).toFixed(1)} s` };
}

async function killSoon(victim: ServiceProcess, passing: number): Promise<{ readonly how: string; readonly hit: boolean }> {
  await victim.start();
  await new Promise((resolve) => setTimeout(resolve, passing * 100));
  await victim.kill();
  return { how: 'killed', hit: true };
}

async function killArmed(victim: ServiceProcess, point: string, passing: number): Promise<{ readonly how: string; readonly hit: boolean }> {
  await victim.stop();
  const startMs = performance.now();
  try {
    await victim.start({ OPSLOOP_FAULT_POINT: `${point}:${passing}` });
  } catch (error) {
    if ((await victim.ended()) === 'SIGKILL' && performance.now() - startMs < startsWithinMs) return { how: 'killed during the start', hit: true };
    throw error;
  }
  const withinMs = patienceMs(point) + groupPauseMs;
  const late = new Promise<'late'>((resolve) => setTimeout(resolve, withinMs, 'late').unref());
  const ended = await Promise.race([victim.ended(), late]);
  if (ended === 'late') {
    await victim.kill();
    return { how: `not passed within ${withinMs / 1000} s: killed there and then`, hit: false };
  }
  if (ended !== 'SIGKILL') throw new Error(`${victim.instance} ended with ${ended} instead of being killed at ${point}: see ${victim.logFile}`);
  return { how: 'killed', hit: true };
}
