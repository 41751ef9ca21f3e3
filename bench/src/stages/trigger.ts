/** The trigger's own work: microseconds for each window that is judged, and memory for each series that is watched. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { DefinitionRecord, Policy, SeriesDictionary, WindowBatch } from '@opsloop/contracts';
import { applyDefinition, createJudgement, createPolicySet, createWatchState, encodeWatchState, judgeBatch, judgeTick, resourceIdOf, type WatchState } from '@opsloop/domain';

export interface TriggerResult {
  readonly resources: number;
  /** Series under a policy: a series that three policies watch counts three times. */
  readonly watches: number;
  readonly microsecondsPerBaseWindow: number;
  readonly microsecondsPerJudgedWindow: number;
  readonly bytesPerWatch: number;
  readonly snapshotBytesPerWatch: number;
  readonly microsecondsPerUnwatchedBatch: number;
  /** A tick that finds nothing due, and one that looks at every watch. */
  readonly quietTickMs: number;
  readonly fullTickMs: number;
}

const metrics = 10;
const baseWindowMs = 10_000;
const windows = 30;

/** `policiesPerMetric` policies of one-minute windows watch each of ten series of every resource. */
export function measureTrigger(resources = 10_000, policiesPerMetric = 3): TriggerResult {
  const policies = createPolicySet(policyRecords(policiesPerMetric));
  const fleet = Array.from({ length: resources }, (_, index) => createHost(index));
  const before = heapBytes();
  const state = createWatchState();
  const out = createJudgement();
  let judgeMs = 0;
  for (let window = 0; window < windows; window++) {
    const batches = fleet.map((host, index) => batchOf(host, window * baseWindowMs, index));
    const startMs = performance.now();
    for (const batch of batches) judgeBatch({ state, policies, out, arrivalMs: (window + 1) * baseWindowMs }, batch);
    judgeMs += performance.now() - startMs;
  }
  const watches = resources * metrics * policiesPerMetric;
  const bytes = heapBytes() - before;
  const snapshot = [...encodeWatchState(state)].reduce((sum, chunk) => sum + chunk.byteLength, 0);
  const tick = (arrivalMs: number): number => timed(() => judgeTick({ state, policies, out, arrivalMs }, 3 * baseWindowMs));
  const endMs = windows * baseWindowMs;
  return {
    resources,
    watches,
    microsecondsPerBaseWindow: (1000 * judgeMs) / (watches * windows),
    microsecondsPerJudgedWindow: (1000 * judgeMs) / out.judged,
    bytesPerWatch: Math.round(bytes / watches),
    snapshotBytesPerWatch: Math.round(snapshot / watches),
    microsecondsPerUnwatchedBatch: unwatchedUs(policies, fleet),
    fullTickMs: tick(endMs),
    quietTickMs: tick(endMs + 1),
  };
}

function policyRecords(perMetric: number): DefinitionRecord[] {
  return Array.from({ length: metrics * perMetric }, (_, index) => {
    const definition: Policy = {
      apiVersion: 'opsloop/v1', kind: 'Policy', metadata: { name: `p${index}` },
      spec: {
        kind: 'threshold', metric: `bench.m${index % metrics}`, aggregate: 'AVG', window: '1m', target: {}, threshold: { warn: '> 80', critical: '> 95', recover: '< 75' },
        hold: '2m', keepOpen: '1m', noData: 'keep-last', scenarios: [], receivers: [],
      },
    };
    return applyDefinition(undefined, { tenant: 'default', definition, source: '' }, { author: 'bench', nowMs: 0, managedBy: 'api' }) as DefinitionRecord;
  });
}

interface Host {
  readonly resource: WindowBatch['resource'];
  readonly attributes: WindowBatch['attributes'];
  readonly dictionary: SeriesDictionary;
}

/** Decoders give each resource a dictionary of its own. */
function createHost(index: number, group = 'bench'): Host {
  const tuple = { tenant: 'default', provider: 'local', region: 'default', kind: 'host', uid: `host-${index}` };
  const slots = Uint32Array.from({ length: metrics }, (_, slot) => slot);
  return {
    resource: { id: resourceIdOf(tuple), ...tuple },
    attributes: { host: tuple.uid },
    dictionary: { size: metrics, metrics: Array.from(slots, (slot) => `${group}.m${slot}`), labelSets: [{}], metricOf: slots, labelsOf: new Uint32Array(metrics) },
  };
}

/** One host in a hundred is busy all the time, so that some alarms are pending and open. */
function batchOf(host: Host, startMs: number, index: number): WindowBatch {
  const values = new Float64Array(metrics).fill(index % 100 === 0 ? 90 : 40);
  return {
    ...host, source: 'agent', startMs, widthMs: baseWindowMs, revision: startMs, correction: false, closedToMs: startMs + baseWindowMs, slots: undefined,
    count: new Float64Array(metrics).fill(1), sum: values, min: values, max: values, last: values, lastTimeMs: new Float64Array(metrics).fill(startMs + 5_000),
  };
}

function unwatchedUs(policies: ReturnType<typeof createPolicySet>, fleet: readonly Host[]): number {
  const state: WatchState = createWatchState();
  const out = createJudgement();
  const batches = fleet.map((_, index) => batchOf(createHost(index, 'other'), 0, index));
  const judgeAll = (): void => batches.forEach((batch) => judgeBatch({ state, policies, out, arrivalMs: baseWindowMs }, batch));
  judgeAll();
  return (1000 * timed(judgeAll)) / batches.length;
}

function timed(work: () => void): number {
  const startMs = performance.now();
  work();
  return performance.now() - startMs;
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
