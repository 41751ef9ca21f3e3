/** The same incident on Kafka, InfluxDB and a document server, every service a process of its own, and two of most. */
import type { Alarm, AlarmAnswer, Api, Page, WorkOrderAnswer } from '@opsloop/contracts';
import { topics } from '@opsloop/contracts';
import { installEngines, startCluster, type Cluster } from '@opsloop/native';
import { describeIncident } from './incident-walk.js';
import { readOwnMetrics } from './read-own-metrics.js';

const paired = ['aggregator', 'trigger', 'action', 'executor'] as const;
const counts = { aggregator: 2, trigger: 2, action: 2, executor: 2 };
const groups = [
  { service: 'aggregator', group: 'aggregator', topic: topics.raw }, { service: 'aggregator', group: 'history', topic: topics.window },
  { service: 'trigger', group: 'trigger', topic: topics.window }, { service: 'action', group: 'action', topic: topics.alarms },
] as const;

const programs = await installEngines(process.env);
let cluster: Cluster;

describeIncident({
  title: 'the simulated incident on a cluster',
  ...('reason' in programs && { reason: programs.reason }),
  startMs: 240_000,
  drawnWithinMs: 180_000,
  healedWithinMs: 240_000,
  async start(dataDir) {
    const started = await startCluster({ environment: process.env, dataDir, counts, settings: { OPSLOOP_LOG_LEVEL: 'warn' } });
    if ('reason' in started) throw new Error(started.reason);
    cluster = started;
    return {
      url: cluster.apiUrl, adminToken: cluster.adminToken, stop: cluster.stop,
      async signIn(page) {
        await page.goto(`${started.apiUrl}/sign-in`);
        await page.getByLabel('Token').fill(started.adminToken);
        await page.getByRole('button', { name: 'Sign in' }).click();
      },
    };
  },
  more({ ask }) {
    it('every service is a process of its own, with two each of aggregator, trigger, action and executor', () => {
      const running = cluster.services.map((one) => [one.service, one.pid()] as const);
      expect(new Set(running.map(([, pid]) => pid)).size).toBe(running.length);
      for (const service of paired) expect(running.filter(([name, pid]) => name === service && pid !== undefined)).toHaveLength(2);
    });

    it.each(groups)('$group: its partitions are shared evenly', async ({ service, group, topic }) => {
      const held = await Promise.all(cluster.services.filter((one) => one.service === service).map(async ({ url }) => (await readOwnMetrics(url!)).value('opsloop_bus_partitions', { group, topic: topic.name })));
      expect(held).toEqual([topic.partitions / 2, topic.partitions / 2]);
    });

    it('the metrics of the api are text for a scraper on its machine, and a page for a browser', async () => {
      const typeFor = async (accept: string): Promise<string> => (await fetch(`${cluster.apiUrl}/metrics`, { headers: { accept } })).headers.get('content-type')!;
      expect([await typeFor('*/*'), await typeFor('text/html')]).toEqual([expect.stringContaining('text/plain'), expect.stringContaining('text/html')]);
    });

    it('one executor ran it, once, and its alarm was opened once', async () => {
      const { items } = await ask<Page<Api<Alarm>>>('alarms?policy=demo-service-up');
      const alarm = await ask<AlarmAnswer>(`alarms/${encodeURIComponent(items[0]!.id)}`);
      expect(items).toHaveLength(1);
      const order = await ask<WorkOrderAnswer>(`work-orders/${encodeURIComponent(alarm.workOrders[0]!)}`);
      const attempts = order.runDetails.map(({ results }) => results.flatMap(({ steps }) => steps.map((step) => step.attempts.length)));
      // The playbook asks for the state up to three times, as a service needs a moment to start.
      expect([[[1, 1, 1]], [[1, 1, 2]], [[1, 1, 3]]]).toContainEqual(attempts);
      const runs = await Promise.all(cluster.services.filter((one) => one.service === 'executor').map(async ({ url }) => (await readOwnMetrics(url!)).sum('opsloop_runs_total')));
      expect(runs.toSorted()).toEqual([0, 1]);
    });
  },
});
