import { collections, definitionSchema, settingsSchema, type WorkOrder } from '@opsloop/contracts';
import { EngineError, type HistoryQuery } from '@opsloop/ports';
import { createLogger, type ServiceContext } from '@opsloop/runtime';
import { createOrderJudge } from './judge-order.js';

const minuteMs = 60_000;
const nowMs = 1_700_000_400_000;
const endedMs = nowMs - 4 * minuteMs;

/** Hosts that were broken until the run ended, and are good since; the first one is treated. `seriesPerHost`: parts that each measures. */
function judgeOf({ policy, hosts = 3, seriesPerHost = 1, refusesPeers = false, beganMs = nowMs - 5 * minuteMs }: { readonly policy: object; readonly hosts?: number; readonly seriesPerHost?: number; readonly refusesPeers?: boolean; readonly beganMs?: number }) {
  const asked: HistoryQuery[] = [];
  const labelsOf = Array.from({ length: seriesPerHost }, (_, part) => (seriesPerHost === 1 ? {} : { part: `p${part}` }));
  const definition = definitionSchema.parse({ apiVersion: 'opsloop/v1', kind: 'Policy', metadata: { name: 'p' }, spec: { metric: 'cpu.utilisation', ...policy } });
  const stored: Readonly<Record<string, object>> = {
    [`${collections.definitions.name} default/Policy/p`]: { versions: [{ version: 1, sinceMs: 0, definition }] },
    [`${collections.runs.name} run1`]: { startedAtMs: beganMs },
    [`${collections.alarms.name} alarm`]: { policy: 'p', resourceId: 'r0', labels: labelsOf[0], pendingSinceMs: beganMs - 2 * minuteMs },
  };
  const resourceOf = (id: string) => ({ id, tenant: 'default', provider: 'local', region: 'x', kind: 'host', uid: id });
  const valueAt = (atMs: number): number => (atMs >= beganMs - 3 * minuteMs && atMs < endedMs ? 95 : 10 + Math.sin(atMs));

  const context = {
    settings: settingsSchema.parse({}),
    clock: { now: () => nowMs },
    logger: createLogger('silent', 'judge'),
    documents: {
      collection: ({ name }: { readonly name: string }) => ({
        async get(id: string) {
          const doc = stored[`${name} ${id}`] ?? (name === collections.resources.name ? { ...resourceOf(id.split('/')[1]!), name: id, attributes: {} } : undefined);
          return doc && { doc, version: 1 };
        },
        find: async () => ({ items: [] }),
      }),
    },
    metricStore: {
      series: async () => Array.from({ length: hosts }, (_, host) => labelsOf.map((labels) => ({ resource: resourceOf(`r${host}`), metric: 'cpu.utilisation', labels, lastStartMs: nowMs }))).flat(),
      async query(query: HistoryQuery) {
        asked.push(query);
        const { selector, fromMs, toMs, stepMs, maxPoints = Infinity } = query;
        const labelSets = labelsOf.filter((labels) => Object.entries(selector.labels ?? {}).every(([key, value]) => labels[key as 'part'] === value));
        const buckets = Math.floor((toMs - fromMs) / stepMs);
        if (refusesPeers && !selector.resources!.includes('r0')) throw new EngineError('too much', { retryable: false });
        if (selector.resources!.length * labelSets.length * buckets > maxPoints) throw new EngineError(`the answer has more than ${maxPoints} points`, { retryable: false });
        const startsMs = Float64Array.from({ length: buckets }, (_, index) => fromMs + index * stepMs);
        const values = startsMs.map(valueAt);
        return selector.resources!.flatMap((resource) => labelSets.map((labels) => ({ resource, labels, startsMs, count: values.map(() => 1), sum: values, min: values, max: values, last: values })));
      },
    },
  } as unknown as ServiceContext;

  return {
    asked,
    peersAsked: () => asked.filter(({ selector }) => !selector.resources!.includes('r0')).map(({ selector }) => selector.resources!.length),
    async judge(targets: readonly string[] = ['r0']) {
      const order = { id: 'default/o', tenant: 'default', alarm: 'alarm', runs: ['run1'], targets: targets.map((id) => ({ id, name: id, resource: id })) } as unknown as WorkOrder;
      return createOrderJudge(context)(order, endedMs, targets.map((target) => ({ target, policy: 'p', holdsMs: minuteMs, deadlineMs: endedMs + 10 * minuteMs, outcome: 'waiting', reason: '', evidence: [] })));
    },
  };
}

const threshold = { threshold: { critical: '> 90' } };
const anomaly = { kind: 'anomaly', threshold: { warn: '> 4' } };

it('compares with fewer peers the longer ago the first run was', async () => {
  const soon = judgeOf({ policy: threshold, hosts: 250 });
  expect(await soon.judge()).toMatchObject([{ outcome: 'self-healed' }]);
  expect(soon.peersAsked()).toEqual([200]);
  const late = judgeOf({ policy: threshold, hosts: 250, beganMs: nowMs - 15 * 60 * minuteMs });
  expect(await late.judge()).toMatchObject([{ outcome: 'self-healed' }]);
  expect(late.peersAsked()).toEqual([18]);
});

it('reads the series of the alarm alone', async () => {
  const { judge, asked } = judgeOf({ policy: anomaly, hosts: 1, seriesPerHost: 64 });
  await judge();
  expect(asked.map(({ selector }) => selector.labels)).toEqual(asked.map(() => ({ part: 'p0' })));
});

it('lets the proof on the target stand where the peers cannot be read', async () => {
  const { judge, peersAsked } = judgeOf({ policy: threshold, refusesPeers: true });
  expect(await judge()).toMatchObject([{ outcome: 'verified' }]);
  expect(peersAsked()).toEqual([2]);
});

it('keeps fewer windows of each target where there are many', async () => {
  const { judge } = judgeOf({ policy: { threshold: { critical: '> 1' }, window: '10s' } });
  const judged = await judge(Array.from({ length: 500 }, (_, index) => `r${index}`));
  expect(judged).toHaveLength(500);
  expect(Math.max(...judged.map((one) => one.evidence.length))).toBe(8);
});
