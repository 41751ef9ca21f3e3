import type { Attributes, Labels, LogRecord, Resource } from '@opsloop/contracts';
import { finalTemplate, LogTemplateMiner, templateText, type LogTemplate } from '../log-template/log-template-miner.js';
import { learnMs, maxChangesAnHour, maxExample, maxSeries, maxTemplateLabel, otherTemplates, seriesIdleMs, streamLimits } from './log-watch-limits.js';
import { startRate, stepRate, type TemplateRate } from './template-rate.js';

/** A template that was never seen before, or that suddenly occurs much more often. */
export interface LogChange {
  readonly resource: Resource;
  readonly attributes: Attributes;
  readonly service: string;
  readonly kind: 'appeared' | 'surged';
  /** Number of the template within its stream. */
  readonly templateId: number;
  readonly template: string;
  readonly example?: string;
  readonly level?: string;
  /** Lines so far: of the bucket for what appeared, of the minute for what surged. */
  readonly lines: number;
  /** Lines a minute that were usual. */
  readonly expected: number;
  /** Event time: start of the bucket in which it was seen. */
  readonly atMs: number;
}

/** Lines of one template and of one level within a bucket of time. */
export interface LogSample {
  readonly metric: 'log.template_count' | 'log.line_count';
  readonly labels: Labels;
  readonly value: number;
}

export interface LogBucket {
  readonly startMs: number;
  readonly levels: Map<string, number>;
  readonly templates: Map<LogTemplate, BucketCount>;
}

interface BucketCount {
  lines: number;
  readonly level: string | undefined;
  readonly example: string | undefined;
}

/** The log of one service on one resource: its templates, what is usual of each, and what is being counted. */
export class LogStream {
  readonly resource: Resource;
  attributes: Attributes;
  readonly service: string;
  /** On the arrival clock, as all times here that are not a record's. */
  readonly startedMs: number;
  lastMs: number;
  readonly miner: LogTemplateMiner;
  readonly buckets = new Map<number, LogBucket>();
  /** By template id. */
  readonly rates: Map<number, TemplateRate>;
  /** Labels of templates that have a series, with the time of their last line. */
  readonly series: Map<string, number>;
  /** When the changes of the last hour were told. */
  changedMs: number[];

  constructor(parts: Pick<LogStream, 'resource' | 'attributes' | 'service' | 'startedMs' | 'lastMs'> & Partial<Pick<LogStream, 'miner' | 'rates' | 'series' | 'changedMs'>>) {
    this.resource = parts.resource;
    this.attributes = parts.attributes;
    this.service = parts.service;
    this.startedMs = parts.startedMs;
    this.lastMs = parts.lastMs;
    this.miner = parts.miner ?? new LogTemplateMiner(streamLimits);
    this.rates = parts.rates ?? new Map();
    this.series = parts.series ?? new Map();
    this.changedMs = parts.changedMs ?? [];
  }

  /** Counts a record, and answers the start of its bucket; one that is ahead of the clock belongs to the clock's. */
  add({ timeMs, level, text }: LogRecord, clockMs: number, bucketMs: number): number {
    this.lastMs = clockMs;
    const startMs = Math.floor(Math.min(timeMs, clockMs) / bucketMs) * bucketMs;
    let bucket = this.buckets.get(startMs);
    if (!bucket) this.buckets.set(startMs, (bucket = { startMs, levels: new Map(), templates: new Map() }));
    const template = this.miner.add(text);
    const known = bucket.templates.get(template);
    if (known) known.lines++;
    else bucket.templates.set(template, { lines: 1, level, example: template.lines === 1 ? text.slice(0, maxExample) : undefined });
    bucket.levels.set(level ?? '', (bucket.levels.get(level ?? '') ?? 0) + 1);
    return startMs;
  }

  /** Ends a bucket: its counts as samples, and what changed with it. */
  close(bucket: LogBucket, clockMs: number): { samples: LogSample[]; changes: LogChange[] } {
    this.buckets.delete(bucket.startMs);
    const counts = new Map<LogTemplate, BucketCount>();
    for (const [template, count] of bucket.templates) addCount(counts, finalTemplate(template), count);
    const samples: LogSample[] = [...bucket.levels].map(([level, value]) => ({ metric: 'log.line_count', labels: { ...(level !== '' && { level }), ...(this.service !== '' && { service: this.service }) }, value }));
    const byLabel = new Map<string, number>();
    const changes: LogChange[] = [];
    for (const [template, count] of counts) {
      const text = templateText(template);
      const label = this.#seriesOf(text.length > maxTemplateLabel ? `${text.slice(0, maxTemplateLabel - 3)}...` : text, clockMs);
      byLabel.set(label, (byLabel.get(label) ?? 0) + count.lines);
      const change = this.#changeOf(template, text, count, bucket.startMs, clockMs);
      if (change) changes.push(change);
    }
    for (const [template, value] of byLabel) samples.push({ metric: 'log.template_count', labels: { ...(this.service !== '' && { service: this.service }), template }, value });
    if (this.rates.size > 2 * streamLimits.maxTemplates) this.#forgetRates();
    return { samples, changes };
  }

  #changeOf(template: LogTemplate, text: string, { lines, level, example }: BucketCount, atMs: number, clockMs: number): LogChange | undefined {
    const known = this.rates.get(template.id);
    const rate = known ?? startRate(atMs);
    if (!known) this.rates.set(template.id, rate);
    const surge = stepRate(rate, atMs, lines);
    // What appears in numbers is told as new, not as a surge as well.
    if ((known && !surge) || clockMs - this.startedMs < learnMs) return undefined;
    this.changedMs = this.changedMs.filter((one) => one > clockMs - 3_600_000);
    if (this.changedMs.length >= maxChangesAnHour) return undefined;
    this.changedMs.push(clockMs);
    const { resource, attributes, service } = this;
    return { resource, attributes, service, kind: known ? 'surged' : 'appeared', templateId: template.id, template: text, ...(example !== undefined && { example }), ...(level !== undefined && { level }), lines: known ? rate.count : lines, expected: surge && known ? surge.expected : 0, atMs };
  }

  /** The label of a template's series; `(other)` while all places are taken. */
  #seriesOf(label: string, clockMs: number): string {
    if (!this.series.has(label) && this.series.size >= maxSeries) {
      const [oldest, lastMs] = [...this.series].reduce((a, b) => (b[1] < a[1] ? b : a));
      if (lastMs > clockMs - seriesIdleMs) return otherTemplates;
      this.series.delete(oldest);
    }
    this.series.set(label, clockMs);
    return label;
  }

  /** Of templates that are no more. */
  #forgetRates(): void {
    const alive = new Set([...this.miner.templates()].map(({ id }) => id));
    for (const id of this.rates.keys()) if (!alive.has(id)) this.rates.delete(id);
  }
}

function addCount(counts: Map<LogTemplate, BucketCount>, template: LogTemplate, count: BucketCount): void {
  const known = counts.get(template);
  if (known) known.lines += count.lines;
  else counts.set(template, { ...count });
}
