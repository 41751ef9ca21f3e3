/** Real AWS series: alarms open and close at the times that a few independent lines predict. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DefinitionRecord, WindowBatch } from '@opsloop/contracts';
import { occurrenceOf, type AlarmDecision } from '../../alarm/describe-transition.js';
import { judgeBatch } from './judge-batch.js';
import { createJudgement } from './judge-context.js';
import { judgeTick } from './judge-tick.js';
import { createPolicySet } from '../policy-set.js';
import { createWatchState, type WatchState } from '../watch/watch-state.js';
import { decodeWatchState, encodeWatchState } from '../watch/watch-state-codec.js';
import { baseWindowMs, dictionaryOf, hostResource, storedPolicy, windowBatch } from './window-fixture.js';

const folder = fileURLToPath(new URL('../../../../../../shared/data/nab/', import.meta.url));
const files = [
  'realAWSCloudwatch/ec2_cpu_utilization_24ae8d', 'realAWSCloudwatch/ec2_cpu_utilization_5f5533', 'realAWSCloudwatch/ec2_cpu_utilization_825cc2', 'realAWSCloudwatch/ec2_disk_write_bytes_1ef3de',
  'realAWSCloudwatch/ec2_network_in_257a54', 'realAWSCloudwatch/elb_request_count_8c0756', 'realAWSCloudwatch/rds_cpu_utilization_e47b3b', 'realKnownCause/ec2_request_latency_system_failure', 'realTraffic/speed_6005',
];
const windowMs = 900_000;
const holdMs = 1_800_000;
const keepOpenMs = 900_000;

interface Sample {
  readonly timeMs: number;
  readonly value: number;
}

function read(file: string): Sample[] {
  const lines = readFileSync(`${folder}${file}.csv`, 'utf8').trim().split('\n').slice(1);
  return lines.map((line) => ({ timeMs: Date.parse(`${line.split(',')[0]!.replace(' ', 'T')}Z`), value: Number(line.split(',')[1]) })).toSorted((a, b) => a.timeMs - b.timeMs);
}

/** Thresholds at quantiles of the file itself, so that every file has alarms. */
function limits(samples: readonly Sample[]): { warn: number; critical: number; recover: number } {
  const sorted = samples.map((sample) => sample.value).toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!;
  return { recover: at(0.7), warn: at(0.8), critical: at(0.97) };
}

/** The prediction: nothing of the product's code is used. */
function predict(samples: readonly Sample[], { warn, critical, recover }: ReturnType<typeof limits>): string[] {
  const sums = new Map<number, number[]>();
  for (const { timeMs, value } of samples) sums.set(timeMs - (timeMs % windowMs), [...(sums.get(timeMs - (timeMs % windowMs)) ?? []), value]);
  const log: string[] = [];
  let level = '';
  let [warnHeld, criticalHeld, goodHeld] = [0, 0, 0];
  for (const [start, values] of sums) {
    const average = values.reduce((sum, value) => sum + value, 0) / values.length;
    warnHeld = average > warn ? warnHeld + windowMs : 0;
    criticalHeld = average > critical ? criticalHeld + windowMs : 0;
    goodHeld = level !== '' && average < recover ? goodHeld + windowMs : 0;
    const held = criticalHeld >= holdMs ? 'critical' : warnHeld >= holdMs ? 'warn' : '';
    let next = level;
    if (level === '') next = held;
    else if (goodHeld > 0) next = goodHeld >= keepOpenMs ? '' : level;
    else if (level === 'critical' && average <= critical) next = 'warn';
    else if (held === 'critical') next = held;
    if (next !== level) log.push(`${start + windowMs} ${level === '' ? 'opened' : next === '' ? 'resolved' : 'level-changed'} ${next === '' ? level : next}`);
    level = next;
  }
  return log;
}

function policyFor(file: string): DefinitionRecord {
  const { warn, critical, recover } = limits(read(file));
  return storedPolicy(`p-${nameOf(file)}`, {
    metric: 'aws.value', window: '15m', hold: '30m', keepOpen: '15m', target: { match: { host: nameOf(file) } },
    threshold: { warn: `> ${warn}`, critical: `> ${critical}`, recover: `< ${recover}` },
  });
}

function nameOf(file: string): string {
  return file.split('/')[1]!.replaceAll('_', '-').toLowerCase();
}

const dictionary = dictionaryOf(['aws.value']);

/** Base windows of one file as the aggregator makes them, closed up to where the next sample begins. */
function windowsOf(file: string): WindowBatch[] {
  const byStart = new Map<number, Sample[]>();
  for (const sample of read(file)) {
    const startMs = sample.timeMs - (sample.timeMs % baseWindowMs);
    byStart.set(startMs, [...(byStart.get(startMs) ?? []), sample]);
  }
  return [...byStart].map(([startMs, samples]) => {
    const batch = windowBatch({ dictionary, resource: hostResource(nameOf(file)), startMs, values: [samples[0]!.value] });
    const values = samples.map((sample) => sample.value);
    return { ...batch, count: Float64Array.of(values.length), sum: Float64Array.of(values.reduce((sum, value) => sum + value, 0)) };
  });
}

function describeDecisions(decisions: readonly AlarmDecision[]): string[] {
  return decisions.filter(({ change }) => change.type !== 'alarm.flapping').map(({ change }) => `${change.atMs} ${change.type.slice(6)} ${change.level}`);
}

const nowMs = Date.UTC(2026, 0, 1);
const policies = (): ReturnType<typeof createPolicySet> => createPolicySet(files.map(policyFor));

function feed(state: WatchState, set: ReturnType<typeof createPolicySet>, batches: Iterable<WindowBatch>, decisions: AlarmDecision[]): void {
  for (const batch of batches) judgeBatch({ state, policies: set, out: { ...createJudgement(), decisions }, arrivalMs: nowMs }, batch);
}

function close(state: WatchState, set: ReturnType<typeof createPolicySet>, decisions: AlarmDecision[]): void {
  judgeTick({ state, policies: set, out: { ...createJudgement(), decisions }, arrivalMs: nowMs + windowMs + 30_000 }, 30_000);
}

const suite = existsSync(folder) ? describe : describe.skip;
suite(`policies on NAB series${existsSync(folder) ? '' : ` (skipped: ${folder} is not here)`}`, () => {
  it.each(files)('open and close as predicted: %s', (file) => {
    const state = createWatchState();
    const set = policies();
    const decisions: AlarmDecision[] = [];
    feed(state, set, windowsOf(file), decisions);
    close(state, set, decisions);
    const predicted = predict(read(file), limits(read(file)));
    expect(predicted.length).toBeGreaterThan(1);
    expect(describeDecisions(decisions)).toEqual(predicted);
  });

  it('decides the same when all series come mixed, every window comes again and again, and the state is read back from snapshots', () => {
    const queues = files.map(windowsOf);
    const random = lcg(7);
    const set = policies();
    let state = createWatchState();
    const decisions: AlarmDecision[] = [];
    while (queues.some((queue) => queue.length > 0)) {
      const queue = queues[Math.floor(random() * queues.length)]!;
      const next = queue.splice(0, 1 + Math.floor(random() * 40));
      feed(state, set, next, decisions);
      // A redelivery of what was just read, in any order.
      feed(state, set, next.toSorted(() => random() - 0.5), decisions);
      if (random() < 0.02) state = decodeWatchState([...encodeWatchState(state)]);
    }
    close(state, set, decisions);
    for (const file of files) {
      const own = decisions.filter(({ resource }) => resource.uid === nameOf(file));
      expect(describeDecisions(own)).toEqual(predict(read(file), limits(read(file))));
    }
  });

  it('gives every transition the same identity when the log is read again from a snapshot, as after a crash', () => {
    const file = files[0]!;
    const windows = windowsOf(file);
    const set = policies();
    const random = lcg(11);
    let state = createWatchState();
    const seen = new Map<string, string>();
    let repeated = 0;
    for (let from = 0; from < windows.length; ) {
      const to = Math.min(windows.length, from + 200 + Math.floor(random() * 300));
      const snapshot = [...encodeWatchState(state)];
      const tries = random() < 0.5 ? 2 : 1;
      for (let attempt = 0; attempt < tries; attempt++) {
        state = decodeWatchState(snapshot);
        const decisions: AlarmDecision[] = [];
        feed(state, set, windows.slice(from, to), decisions);
        for (const decision of decisions) {
          const id = `${occurrenceOf(decision)}#${decision.change.transition}`;
          const content = JSON.stringify(decision.change);
          if (seen.has(id)) repeated++;
          expect(seen.get(id) ?? content).toBe(content);
          seen.set(id, content);
        }
      }
      from = to;
    }
    const once: AlarmDecision[] = [];
    feed(createWatchState(), set, windows, once);
    expect(repeated).toBeGreaterThan(0);
    expect([...seen.keys()]).toEqual(once.map((decision) => `${occurrenceOf(decision)}#${decision.change.transition}`));
  });
});

/** Numbers in [0, 1) from a linear congruential generator (Numerical Recipes). */
function lcg(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}
