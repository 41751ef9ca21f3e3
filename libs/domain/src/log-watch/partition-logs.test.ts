import { describe, expect, it } from '@jest/globals';
import type { LogBatch, LogRecord, RawBatch } from '@opsloop/contracts';
import fc from 'fast-check';
import { createPartitionWindows, stepBatch, stepTick } from '../window/partition-windows.js';
import { createWindowTools } from '../window/window-tools.js';
import type { LogChange } from './log-stream.js';
import { decodePartitionLogs, encodePartitionLogs } from './partition-logs-codec.js';
import { createPartitionLogs, stepLogBatch, stepLogTick, type PartitionLogs } from './partition-logs.js';

const windowMs = 10_000;
const minuteMs = 60_000;
const startMs = Date.UTC(2026, 0, 1);
let hashes = 0;

function batch(texts: readonly (string | Partial<LogRecord>)[], timeMs: number, { uid = 'web-1', contentHash = (++hashes).toString(16).padStart(16, '0') } = {}): LogBatch {
  const resource = { id: `id-${uid}`, tenant: 'default', provider: 'local', region: 'default', kind: 'host', uid };
  return { resource, attributes: { host: uid }, source: 'agents', contentHash, records: texts.map((text) => ({ timeMs, service: 'shop', text: '', ...(typeof text === 'string' ? { text } : text) })) };
}

function watch(state: PartitionLogs = createPartitionLogs(windowMs)) {
  const counts: RawBatch[] = [];
  const changes: LogChange[] = [];
  const outputs = { counts: (one: RawBatch) => void counts.push(one), change: (one: LogChange) => void changes.push(one) };
  return {
    state, counts, changes,
    send: (texts: readonly (string | Partial<LogRecord>)[], timeMs: number, options = {}) => stepLogBatch(state, batch(texts, timeMs, options), timeMs, outputs),
    tick: (timeMs: number) => stepLogTick(state, timeMs, outputs),
  };
}

/** `metric{labels} value` of all samples, in order. */
function samples(counts: readonly RawBatch[]): string[] {
  return counts.flatMap(({ dictionary, rows }) => rows.flatMap(({ values }) => [...values].map((value, slot) => `${dictionary.metrics[dictionary.metricOf[slot]!]}${JSON.stringify(dictionary.labelSets[dictionary.labelsOf[slot]!])} ${value}`)));
}

/** A quarter of an hour with a usual line each second. */
function learn(one: ReturnType<typeof watch>): number {
  for (let second = 0; second < 900; second += 5) one.send(Array.from({ length: 5 }, (_, i) => `request ${i} took ${second} ms`), startMs + second * 1_000);
  return startMs + 900_000;
}

describe('counts', () => {
  it('counts lines by level, and templates, once the window is over', () => {
    const one = watch();
    one.send(['took 5 ms', 'took 7 ms', { text: 'disk full', level: 'error' }], startMs + 1_000);
    one.tick(startMs + 11_999);
    expect(one.counts).toEqual([]);
    one.tick(startMs + 12_000);
    expect(samples(one.counts)).toEqual([
      'log.line_count{"service":"shop"} 2', 'log.line_count{"level":"error","service":"shop"} 1',
      'log.template_count{"service":"shop","template":"took <*>"} 2', 'log.template_count{"level":"error","service":"shop","template":"disk full"} 1',
    ]);
    expect(one.counts[0]).toMatchObject({ source: 'opsloop/logs', attributes: { host: 'web-1' }, resource: { uid: 'web-1' }, rows: [{ timeMs: startMs }] });
  });

  it('counts by the time of the record, and never ahead of the clock', () => {
    const one = watch();
    one.send([{ text: 'a', timeMs: startMs + 5_000 }, { text: 'a', timeMs: startMs + 15_000 }, { text: 'a', timeMs: startMs + 3_000_000 }], startMs + 25_000);
    one.tick(startMs + 32_000);
    expect(one.counts.map(({ rows }) => (rows[0]!.timeMs - startMs) / 1_000)).toEqual([0, 10, 20]);
  });

  it('counts 0 where a log is silent, for an hour, and anew when it speaks again', () => {
    const one = watch();
    one.send([{ text: 'a', level: 'info' }], startMs);
    for (let ms = 0; ms <= 2 * 3_600_000; ms += 1_000) one.tick(startMs + ms);
    const zero = 'log.line_count{"service":"shop"} 0';
    expect(samples(one.counts)).toEqual([zero, 'log.line_count{"level":"info","service":"shop"} 1', 'log.template_count{"level":"info","service":"shop","template":"a"} 1', ...Array.from({ length: 360 }, () => zero)]);
    for (let ms = 2 * 3_600_000; ms <= 3 * 3_600_000; ms += 1_000) one.tick(startMs + ms);
    one.counts.length = 0;
    one.send(['a'], startMs + 3 * 3_600_000);
    one.tick(startMs + 3 * 3_600_000 + 22_000);
    expect(samples(one.counts)).toEqual(['log.line_count{"service":"shop"} 1', 'log.template_count{"service":"shop","template":"a"} 1', zero]);
  });

  it('what a sender held back while nobody listened comes before any 0 of a later time, however long it was', () => {
    const one = watch();
    one.send(['a'], startMs);
    for (let ms = 0; ms <= 20_000; ms += 1_000) one.tick(startMs + ms);
    one.counts.length = 0;
    const backMs = startMs + 10 * minuteMs;
    one.tick(backMs);
    const sendHeld = (timeMs: number, nowMs: number): void => stepLogBatch(one.state, batch(['a'], timeMs), nowMs, { counts: (counted) => void one.counts.push(counted), change: () => undefined });
    for (let i = 0; i < 58; i += 1) {
      sendHeld(startMs + (2 + i) * 10_000, backMs + i * 1_000);
      one.tick(backMs + i * 1_000 + 500);
    }
    const times = one.counts.map(({ rows }) => rows[0]!.timeMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(samples(one.counts).filter((text) => text.startsWith('log.line_count'))).toEqual(Array.from({ length: 58 }, () => 'log.line_count{"service":"shop"} 1'));
    for (let ms = 0; ms <= 3 * minuteMs; ms += 1_000) one.tick(backMs + 58_000 + ms);
    expect(samples(one.counts).at(-1)).toBe('log.line_count{"service":"shop"} 0');
  });

  it('tells the lines of a template apart by their level', () => {
    const one = watch();
    one.send([{ text: 'took 5 ms', level: 'info' }, { text: 'took 6 ms', level: 'warn' }, { text: 'took 7 ms', level: 'warn' }], startMs);
    one.tick(startMs + 12_000);
    expect(samples(one.counts).filter((text) => text.startsWith('log.template_count'))).toEqual(['log.template_count{"level":"info","service":"shop","template":"took <*>"} 1', 'log.template_count{"level":"warn","service":"shop","template":"took <*>"} 2']);
  });

  it('counts a batch that comes again once', () => {
    const one = watch();
    one.send(['a', 'b'], startMs, { contentHash: '00000000000000aa' });
    one.send(['a', 'b'], startMs, { contentHash: '00000000000000aa' });
    one.tick(startMs + 20_000);
    expect(samples(one.counts)).toContain('log.template_count{"service":"shop","template":"a"} 1');
    expect(one.state.stats.repeated).toBe(2);
  });

  it('counts each line that comes late, also where it is the same as those before it', () => {
    const one = watch();
    const windows = createPartitionWindows(createWindowTools({ widthMs: windowMs, graceMs: 2_000, latenessMs: minuteMs, idleMs: 30_000, maxSeries: 100 }));
    const sums: number[] = [];
    for (let i = 0; i < 3; i++) stepLogBatch(one.state, batch(['a'], startMs), startMs + 16_000 + i, { counts: (counted) => void one.counts.push(counted), change: () => undefined });
    for (const [position, counted] of one.counts.entries()) stepBatch(windows, counted, { position, arrivalMs: startMs + 17_000 }, () => undefined);
    stepTick(windows, startMs + 10 * minuteMs, ({ sum }) => void sums.push(...sum));
    expect(sums).toEqual([3, 3]);
  });

  it('keeps services and hosts apart', () => {
    const one = watch();
    one.send([{ text: 'a' }, { text: 'a', service: 'db' }], startMs);
    one.send(['a'], startMs, { uid: 'web-2' });
    one.tick(startMs + 20_000);
    expect(one.counts.map(({ resource }) => resource.uid).toSorted()).toEqual(['web-1', 'web-1', 'web-2']);
  });

  it('has a bounded number of series, whatever is logged', () => {
    const one = watch();
    const word = (i: number) => [...String(i)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
    for (let i = 0; i < 3_000; i++) one.send([`${word(i)} ${word(i * 7)} ${word(i * 13)} happened ${'x '.repeat(i % 9)}`], startMs + i * 100);
    one.tick(startMs + 400_000);
    const labels = new Set(samples(one.counts).filter((text) => text.startsWith('log.template_count')).map((text) => text.slice(0, text.lastIndexOf(' '))));
    expect(labels.size).toBeLessThanOrEqual(201);
    expect([...labels].some((text) => text.includes('(other)'))).toBe(true);
    expect(one.state.streams.values().next().value!.miner.templateCount).toBeLessThanOrEqual(300);
  });

  it('has a bounded number of levels, whatever is sent as one, and still tells how severe a line is', () => {
    let one = watch();
    const labels = new Set<string>();
    for (let i = 0; i < 1_000; i++) {
      one.send([{ text: 'a', level: `thread ${i}` }, { text: 'a', level: 'x'.repeat(i) }, { text: 'a', level: i < 500 ? 'info' : 'fatal' }], startMs + i * 1_000);
      if (i === 300) one = watch(decodePartitionLogs([...encodePartitionLogs(one.state)], windowMs));
      for (const text of samples(one.counts.splice(0))) labels.add(text.slice(0, text.lastIndexOf(' ')));
    }
    const levels = [...labels].filter((text) => text.startsWith('log.line_count')).map((text) => /"level":"([^"]*)"/.exec(text)?.[1] ?? '');
    expect(levels.length).toBeLessThanOrEqual(23);
    expect(levels).toEqual(expect.arrayContaining(['', 'info', 'critical', '(other)']));
    expect(levels.every((level) => level.length <= 50)).toBe(true);
  });

  it('forgets the logs that were silent for longest when there are too many', () => {
    const one = watch();
    for (let i = 0; i < 1_100; i++) one.send(['a'], startMs + i, { uid: `h${i}` });
    expect(one.state.streams.size).toBeLessThanOrEqual(1_000);
    expect(one.state.stats.forgotten).toBeGreaterThanOrEqual(100);
    expect([...one.state.streams.keys()].at(-1)).toContain('h1099');
  });

  it('tells what it counted of a log before it forgets it', () => {
    const one = watch();
    for (let i = 0; i < 1_100; i++) one.send(['a'], startMs + i, { uid: `h${i}` });
    for (let i = 0; i < 100; i++) one.send(['a'], startMs + 1_100 + i, { uid: `h${i}` });
    one.tick(startMs + 12_000);
    expect(samples(one.counts).filter((text) => text === 'log.template_count{"service":"shop","template":"a"} 1')).toHaveLength(1_200);
    expect(new Set(one.counts.map(({ contentHash }) => JSON.stringify(contentHash))).size).toBe(1_200);
  });

  it('has a bounded number of templates in all logs together, at the cost of those that have most', () => {
    let one = watch();
    const word = (i: number) => [...String(i)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
    one.send(['disk full', 'started', 'stopped'].map((text) => ({ text, service: 'quiet' })), startMs);
    for (let i = 0; i < 200; i++) {
      one.send(Array.from({ length: 100 }, (_, n) => ({ text: `${word(i * 100 + n)} ${word(i * 7)} ${word(n * 13)} happened`, service: `noisy-${n}` })), startMs + i * 10);
      if (i === 150) one = watch(decodePartitionLogs([...encodePartitionLogs(one.state)], windowMs));
    }
    const counts = [...one.state.streams.values()].map(({ service, miner }) => [service, miner.templateCount] as const);
    expect(counts.reduce((sum, [, count]) => sum + count, 0)).toBeLessThanOrEqual(10_000);
    expect(Object.fromEntries(counts)['quiet']).toBe(3);
    one.tick(startMs + 30_000);
    expect([...one.state.streams.values()].reduce((sum, { rates }) => sum + rates.size, 0)).toBeLessThanOrEqual(14_000);
    expect(one.state.stats.forgotten).toBe(0);
  });
});

describe('changes', () => {
  it('learns first, and then tells of a template that was never seen', () => {
    const one = watch();
    one.send(['first words'], startMs);
    const nowMs = learn(one);
    one.send([{ text: 'out of memory: killed process 4711', level: 'error' }], nowMs);
    one.tick(nowMs + 20_000);
    expect(one.changes).toMatchObject([{ kind: 'appeared', template: 'out of memory: killed process <*>', example: 'out of memory: killed process 4711', level: 'error', lines: 1, service: 'shop', atMs: nowMs, resource: { uid: 'web-1' } }]);
    expect(samples(one.counts)).toContain('log.template_appeared{"level":"error","service":"shop","template":"out of memory: killed process <*>"} 1');
  });

  it('does not tell of a known template with new values', () => {
    const one = watch();
    const nowMs = learn(one);
    one.send(['request 9999 took 123456 ms'], nowMs);
    one.tick(nowMs + 20_000);
    expect(one.changes).toEqual([]);
  });

  it('counts each of several new templates that are the same as far as their label goes', () => {
    const one = watch();
    const nowMs = learn(one);
    one.send(['one', 'two', 'three'].map((text) => `${'the very long beginning of a line '.repeat(7)}${text} ended`), nowMs);
    one.tick(nowMs + 20_000);
    const appeared = samples(one.counts).filter((text) => text.startsWith('log.template_appeared'));
    expect(appeared).toEqual([expect.stringMatching(/\.\.\."} 3$/)]);
    expect(one.changes).toHaveLength(3);
  });

  it('tells of a surge once', () => {
    const one = watch();
    const nowMs = learn(one);
    for (let second = 0; second < 60; second += 5) one.send(Array.from({ length: 100 }, (_, i) => `request ${i} took 9 ms`), nowMs + second * 1_000);
    one.tick(nowMs + 2 * minuteMs);
    expect(one.changes).toMatchObject([{ kind: 'surged', template: 'request <*> took <*>' }]);
    expect(samples(one.counts).filter((text) => text.startsWith('log.template_surged'))).toEqual(['log.template_surged{"service":"shop","template":"request <*> took <*>"} 1']);
    expect(one.changes[0]!.lines).toBeGreaterThan(3 * one.changes[0]!.expected);
    expect(one.changes[0]!.expected).toBeGreaterThan(30);
  });

  it.each([false, true])('takes templates that become one for as frequent as they were together (restarted: %s)', (isRestarted) => {
    const names = ['alpha', 'beta', 'gamma', 'delta'];
    let one = watch();
    let nowMs = startMs;
    const go = (seconds: number, times = 1): void => {
      for (const endMs = nowMs + seconds * 1_000; nowMs < endMs; nowMs += 2_000) one.send(names.flatMap((name) => Array.from({ length: times }, () => `service ${name} finished its work`)), nowMs);
    };
    go(1_200);
    one.send(['service rho finished its work'], nowMs);
    if (isRestarted) one = watch(decodePartitionLogs([...encodePartitionLogs(one.state)], windowMs));
    go(300);
    expect(samples(one.counts)).toContain('log.template_count{"service":"shop","template":"service <*> finished its work"} 20');
    expect(one.changes).toEqual([]);
    go(60, 6);
    one.tick(nowMs + 20_000);
    expect(one.changes).toMatchObject([{ kind: 'surged', template: 'service <*> finished its work', expected: expect.closeTo(111.5, 0) as unknown }]);
  });

  it('tells of so many within an hour, and no more', () => {
    const one = watch();
    const nowMs = learn(one);
    const words = ['alpha', 'beta', 'gamma', 'delta', 'rho', 'tau'];
    one.send(words.flatMap((a) => words.map((b) => `${a} ${b}`)), nowMs);
    one.tick(nowMs + 20_000);
    expect(one.changes).toHaveLength(20);
  });
});

describe('state', () => {
  const line = fc.tuple(fc.constantFrom('request 1 took 5 ms', 'user kim logged in', 'user lee logged in', 'disk full', 'cache a.b.c missed', 'started'), fc.constantFrom(undefined, 'error', 'info'), fc.constantFrom('', 'shop')).map(([text, level, service]) => ({ text, service, ...(level && { level }) }));
  const steps = fc.array(fc.record({ lines: fc.array(line, { minLength: 1, maxLength: 6 }), afterMs: fc.integer({ min: 0, max: 40_000 }), uid: fc.constantFrom('a', 'b') }), { maxLength: 25 });

  it('goes on from its snapshot as if nothing had happened', () => {
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        const one = watch();
        let nowMs = startMs;
        for (const { lines, afterMs, uid } of before) one.send(lines, (nowMs += afterMs), { uid });
        const other = watch(decodePartitionLogs([...encodePartitionLogs(one.state)], windowMs));
        one.counts.length = one.changes.length = 0;
        for (const { lines, afterMs, uid } of after) {
          const hash = (++hashes).toString(16).padStart(16, '0');
          nowMs += afterMs;
          for (const side of [one, other]) side.send(lines, nowMs, { uid, contentHash: hash });
        }
        for (const side of [one, other]) side.tick(nowMs + minuteMs);
        expect(samples(other.counts)).toEqual(samples(one.counts));
        expect(other.changes).toEqual(one.changes);
        expect(other.counts.map(({ contentHash }) => contentHash)).toEqual(one.counts.map(({ contentHash }) => contentHash));
      }),
      { numRuns: 60 },
    );
  });

  it.each([500, 5_000])('keeps lines whose template was forgotten before they were told, of %s templates', (templates) => {
    const one = watch();
    const word = (i: number) => [...String(i)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
    learn(one);
    one.send(Array.from({ length: templates }, (_, i) => `${word(i)} ${word(i * 7)} ${word(i * 13)} happened`), startMs + 900_000);
    const other = watch(decodePartitionLogs([...encodePartitionLogs(one.state)], windowMs));
    expect([...one.state.streams.values()].flatMap(({ buckets }) => [...buckets.values()].map((bucket) => bucket.templates.size)).every((size) => size <= 660)).toBe(true);
    one.counts.length = one.changes.length = 0;
    for (const side of [one, other]) side.tick(startMs + 960_000);
    const told = samples(one.counts).filter((text) => text.startsWith('log.template_count') && !text.includes('request'));
    expect(told.reduce((sum, text) => sum + Number(text.slice(text.lastIndexOf(' '))), 0)).toBe(templates);
    expect(samples(other.counts)).toEqual(samples(one.counts));
    expect(other.changes).toEqual(one.changes);
    expect(other.counts.map(({ contentHash }) => contentHash)).toEqual(one.counts.map(({ contentHash }) => contentHash));
  });

  it('comes in chunks of a mebibyte at most, whatever the texts', () => {
    const one = watch();
    one.send(Array.from({ length: 2_000 }, (_, i) => `${'행'.repeat(100 + (i % 50))} ${'x'.repeat(i % 90)} ${'wort '.repeat(60)}${i % 2 ? 'a' : 'b'}`), startMs);
    const chunks = [...encodePartitionLogs(one.state)];
    expect(chunks.every((chunk) => chunk.byteLength <= 2 ** 20)).toBe(true);
    expect(decodePartitionLogs(chunks, windowMs).streams.size).toBe(1);
  });

  it('refuses what is no state, and counts of another width', () => {
    expect(() => decodePartitionLogs([new TextEncoder().encode('{')], windowMs)).toThrow(/JSON/);
    expect(() => decodePartitionLogs([...encodePartitionLogs(createPartitionLogs(windowMs))], 5_000)).toThrow(/by 10000 ms, now by 5000 ms/);
  });
});
