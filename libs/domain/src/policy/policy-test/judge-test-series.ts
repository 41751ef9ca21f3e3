/** Feeds the series of a policy's unit test to the functions that judge live windows. */
import { findMetric, type Attributes, type Labels, type Policy, type Resource, type WindowBatch } from '@opsloop/contracts';
import type { AlarmDecision } from '../../alarm/describe-transition.js';
import { createGroupState } from '../../group/group-state.js';
import { moveProgress, takeReport } from '../../group/step-group.js';
import { identifyResource } from '../../resource/identify-resource.js';
import { judgeBatch } from '../judge/judge-batch.js';
import { createJudgement } from '../judge/judge-context.js';
import { judgeTick } from '../judge/judge-tick.js';
import { labelsKey } from '../labels-key.js';
import type { TestSeries } from './policy-test-input.js';
import { partialLabels } from '../partial-labels.js';
import { createPolicySet } from '../policy-set.js';
import { createWatchState } from '../watch/watch-state.js';

const tenant = 'test';

interface PlacedSeries {
  readonly index: number;
  readonly series: TestSeries;
  readonly resource: Resource;
  readonly attributes: Attributes;
  readonly labels: Labels;
}

/** Time 0 is the first sample; every window closes the moment it ends. Series of one resource are judged together. */
export function judgeTestSeries(policy: Policy, all: readonly TestSeries[], { baseWindowMs }: { readonly baseWindowMs: number }): { readonly series: number | undefined; readonly decision: AlarmDecision }[] {
  const placed = all.map((series, index) => ({ index, series, ...placeSeries(policy, series) }));
  const policies = createPolicySet([recordOf(policy)]);
  const state = createWatchState();
  const groups = createGroupState(1);
  const out = createJudgement();
  const endMs = Math.max(...all.map((one) => spanMs(one, baseWindowMs)));
  const batches = [...new Set(placed.map((one) => one.resource.id))].map((id) => batchesOf(placed.filter((one) => one.resource.id === id)));
  for (let startMs = 0; startMs < endMs; startMs += baseWindowMs) {
    const arrivalMs = startMs + baseWindowMs;
    const context = { state, policies, out, arrivalMs };
    for (const batchAt of batches) {
      const batch = batchAt(startMs, baseWindowMs);
      if (batch) judgeBatch(context, batch);
    }
    judgeTick(context, 0);
    const grouping = { state: groups, policies, out, waitMs: 0 };
    for (const report of out.reports.splice(0)) takeReport(grouping, report);
    moveProgress(grouping, 0, arrivalMs + 1);
  }
  return out.decisions.map((decision) => ({ series: seriesOf(placed, decision), decision }));
}

function seriesOf(placed: readonly PlacedSeries[], { resource, labels }: AlarmDecision): number | undefined {
  const own = placed.filter((one) => one.resource.id === resource.id);
  return (own.find((one) => labelsKey(one.labels) === labelsKey(labels)) ?? own[0])?.index;
}

/** The base windows of one resource, by their start; undefined where nothing was measured. */
function batchesOf(placed: readonly PlacedSeries[]): (startMs: number, widthMs: number) => WindowBatch | undefined {
  const { resource } = placed[0]!;
  const attributes = Object.assign({}, ...placed.map((one) => one.attributes)) as Attributes;
  const slots = Uint32Array.from(placed.keys());
  const dictionary = { size: placed.length, metrics: placed.map((one) => one.series.metric), labelSets: placed.map((one) => one.labels), metricOf: slots, labelsOf: slots };
  return (startMs, widthMs) => {
    const windows = placed.map(({ series }) => windowOf(series, startMs, widthMs));
    const present = windows.flatMap((window, slot) => (window ? [{ slot, ...window }] : []));
    if (present.length === 0) return undefined;
    const column = (name: Exclude<keyof (typeof present)[number], 'slot'>): Float64Array => Float64Array.from(present, (one) => one[name]);
    return {
      resource, attributes, source: 'test', dictionary, startMs, widthMs, revision: startMs, correction: false, closedToMs: startMs + widthMs,
      slots: Uint32Array.from(present, (one) => one.slot),
      count: column('count'), sum: column('sum'), min: column('min'), max: column('max'), last: column('last'), lastTimeMs: column('lastTimeMs'),
    };
  };
}

function windowOf({ values, everyMs }: TestSeries, startMs: number, widthMs: number): { count: number; sum: number; min: number; max: number; last: number; lastTimeMs: number } | undefined {
  const samples: { value: number; timeMs: number }[] = [];
  for (let i = Math.ceil(startMs / everyMs); i < values.length && i * everyMs < startMs + widthMs; i++) {
    const value = values[i];
    if (value !== undefined) samples.push({ value, timeMs: i * everyMs });
  }
  const last = samples.at(-1);
  if (!last) return undefined;
  const all = samples.map((sample) => sample.value);
  return {
    count: all.length,
    sum: all.reduce((sum, value) => sum + value, 0),
    min: all.reduce((least, value) => Math.min(least, value)),
    max: all.reduce((most, value) => Math.max(most, value)),
    last: last.value,
    lastTimeMs: last.timeMs,
  };
}

/** Time from the first sample to the end of the last interval, rounded up to whole base windows. */
export function spanMs({ values, everyMs }: TestSeries, baseWindowMs: number): number {
  return Math.ceil((values.length * everyMs) / baseWindowMs) * baseWindowMs;
}

/**
 * A series of a known metric keeps its sub-dimensions as labels, one of an unknown metric every tag that does not identify.
 * It says only what its test is about: what the target asks for and the series does not name is taken as met, but for
 * what is a label of another metric of the policy: nobody gives that to a resource.
 */
function placeSeries(policy: Policy, { metric: name, tags }: TestSeries): Pick<PlacedSeries, 'resource' | 'attributes' | 'labels'> {
  const { resource, attributes: own, labels } = identifyResource(tenant, 'test', new Map(Object.entries(tags)));
  const partial = new Set(partialLabels(policy).map(({ key }) => key));
  const wanted = Object.entries(policy.spec.target.match ?? {}).filter(([key]) => !Object.hasOwn(tags, key) && !partial.has(key));
  const attributes = { ...own, ...Object.fromEntries(wanted.map(([key, values]) => [key, typeof values === 'string' ? values : values[0]!])) };
  const metric = findMetric(name);
  if (!metric) return { resource, attributes, labels };
  const total = metric.sources.find((source) => source.total)?.total ?? {};
  const entries = Object.entries(labels).filter(([label, value]) => total[label] !== value);
  const isLabel = ([label]: readonly [string, string]): boolean => metric.dimensions.includes(label);
  return { resource, attributes: { ...attributes, ...Object.fromEntries(entries.filter((entry) => !isLabel(entry))) }, labels: Object.fromEntries(entries.filter(isLabel)) };
}

function recordOf(policy: Policy): Parameters<typeof createPolicySet>[0][number] {
  const version = { version: 1, sinceMs: 0, definition: policy, source: '', author: 'test', atMs: 0 };
  return { id: `${tenant}/Policy/${policy.metadata.name}`, tenant, kind: 'Policy', name: policy.metadata.name, deleted: false, changedAtMs: 0, managedBy: 'api', versions: [version] };
}
