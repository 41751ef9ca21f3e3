import type { ServiceProcess } from '@opsloop/native';
import { readOwnMetrics } from './read-own-metrics.js';

export interface WatchedGroup {
  readonly processes: readonly ServiceProcess[];
  readonly topic: string;
}

export interface ShareWatch<Group extends string> {
  /** Partitions of each process; 0 for one that does not run. */
  now(group: Group): Promise<number[]>;
  /** The most that all processes of a group have ever said to hold together. */
  stop(): Promise<Readonly<Record<Group, number>>>;
}

/** Asks all processes of some groups again and again how many partitions they hold. */
export function watchShares<Group extends string>(groups: Readonly<Record<Group, WatchedGroup>>): ShareWatch<Group> {
  const names = Object.keys(groups) as Group[];
  const most = Object.fromEntries(names.map((name) => [name, 0])) as Record<Group, number>;
  let isOn = true;

  function now(group: Group): Promise<number[]> {
    const { processes, topic } = groups[group];
    return Promise.all(processes.map(async ({ url, pid }) => (pid() === undefined ? 0 : readOwnMetrics(url!).then((metrics) => metrics.value('opsloop_bus_partitions', { group, topic }), () => 0))));
  }

  async function watch(): Promise<void> {
    while (isOn) {
      for (const group of names) {
        // One that moves between two answers is counted by neither or by one of two rounds, never by both in both.
        const [first, second] = [await now(group), await now(group)];
        most[group] = Math.max(most[group], first.reduce((sum, held, i) => sum + Math.min(held, second[i]!), 0));
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  const watching = watch();
  return {
    now,
    async stop() {
      isOn = false;
      await watching;
      return most;
    },
  };
}
