import type { Attributes, Labels, LogRecord, Resource } from '@opsloop/contracts';
import { finalTemplate, LogTemplateMiner, templateText, type LogTemplate } from '../log-template/log-template-miner.js';
import { behindMs, countSilenceMs, learnMs, maxChangesAnHour, maxExample, maxLevelLength, maxLevels, maxSeries, maxTemplateLabel, otherLevels, otherTemplates, seriesIdleMs, spareTemplates, streamLimits, trustSilenceMs } from './log-watch-limits.js';
import { severityOf } from './severity-of.js';
import { joinRates, startRate, stepRate, type TemplateRate } from './template-rate.js';

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

/** Lines of one template and of one level within a bucket of time; 1 for each template that appeared or surged in it. */
export interface LogSample {
  readonly metric: 'log.template_count' | 'log.line_count' | 'log.template_appeared' | 'log.template_surged';
  readonly labels: Labels;
  readonly value: number;
}

export interface LogBucket {
  readonly startMs: number;
  readonly levels: Map<string, number>;
  readonly templates: Map<LogTemplate, BucketCount>;
  /** Lines by level, of templates that were forgotten and no longer stand for themselves. */
  readonly others: Map<string, number>;
}

interface BucketCount {
  /** Lines by level; '' for those that name none. */
  readonly levels: Map<string, number>;
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
  /** Buckets that start before this have been told, also those without lines. */
  countedToMs: number;
  readonly miner: LogTemplateMiner;
  readonly buckets = new Map<number, LogBucket>();
  readonly rates: Map<LogTemplate, TemplateRate>;
  /** Labels of templates that have a series, with the time of their last line. */
  readonly series: Map<string, number>;
  /** The same of levels. */
  readonly levels: Map<string, number>;
  /** When the changes of the last hour were told. */
  changedMs: number[];
  /** Until then its silence proves nothing. */
  mutedToMs: number;

  constructor(parts: Pick<LogStream, 'resource' | 'attributes' | 'service' | 'startedMs' | 'lastMs' | 'countedToMs'> & Partial<Pick<LogStream, 'miner' | 'rates' | 'series' | 'levels' | 'changedMs' | 'mutedToMs'>>) {
    this.resource = parts.resource;
    this.attributes = parts.attributes;
    this.service = parts.service;
    this.startedMs = parts.startedMs;
    this.lastMs = parts.lastMs;
    this.countedToMs = parts.countedToMs;
    this.miner = parts.miner ?? new LogTemplateMiner(streamLimits);
    this.rates = parts.rates ?? new Map();
    this.series = parts.series ?? new Map();
    this.levels = parts.levels ?? new Map();
    this.changedMs = parts.changedMs ?? [];
    this.mutedToMs = parts.mutedToMs ?? 0;
  }

  /** Counts a record, and answers the start of its bucket; one that is ahead of the clock belongs to the clock's. */
  add({ timeMs, level, text }: LogRecord, clockMs: number, bucketMs: number): number {
    // What was not counted as 0 in time is not made up for.
    if (clockMs - this.lastMs > countSilenceMs) this.countedToMs = Math.floor(clockMs / bucketMs) * bucketMs;
    this.lastMs = clockMs;
    if (clockMs - timeMs > behindMs) this.mutedToMs = clockMs + trustSilenceMs;
    const startMs = Math.floor(Math.min(timeMs, clockMs) / bucketMs) * bucketMs;
    let bucket = this.buckets.get(startMs);
    if (!bucket) this.buckets.set(startMs, (bucket = emptyBucket(startMs)));
    const template = this.miner.add(text);
    let count = bucket.templates.get(template);
    if (!count && bucket.templates.size >= 2 * (this.miner.templateCount + spareTemplates)) this.#foldForgotten(bucket);
    if (!count) bucket.templates.set(template, (count = { levels: new Map(), example: template.lines === 1 ? text.slice(0, maxExample) : undefined }));
    const place = level === undefined ? '' : this.#levelOf(level, clockMs);
    addTo(count.levels, place, 1);
    addTo(bucket.levels, place, 1);
    return startMs;
  }

  /** The buckets that start up to `lastStartMs` and have not been told, in order: those without lines too, unless the log has been silent for long, or its sender may be behind. */
  takeDue(lastStartMs: number, clockMs: number, bucketMs: number): LogBucket[] {
    const due = [...this.buckets.values()].filter(({ startMs }) => startMs <= lastStartMs);
    const silentToMs = clockMs < this.mutedToMs ? -Infinity : Math.min(lastStartMs, this.lastMs + countSilenceMs);
    for (let startMs = this.countedToMs; startMs <= silentToMs; startMs += bucketMs) if (!this.buckets.has(startMs)) due.push(emptyBucket(startMs));
    this.countedToMs = Math.max(this.countedToMs, lastStartMs + bucketMs);
    return due.toSorted((a, b) => a.startMs - b.startMs);
  }

  /** Ends a bucket: its counts as samples, and what changed with it. */
  close(bucket: LogBucket, clockMs: number): { samples: LogSample[]; changes: LogChange[] } {
    this.buckets.delete(bucket.startMs);
    this.#followTemplates();
    const counts = new Map<LogTemplate, BucketCount>();
    for (const [template, count] of bucket.templates) addCount(counts, finalTemplate(template), count);
    const service: Labels = this.service === '' ? {} : { service: this.service };
    // Lines that name no level are always counted: 0 says that the log was watched and had none.
    const samples: LogSample[] = [['', bucket.levels.get('') ?? 0] as const, ...[...bucket.levels].filter(([level]) => level !== '')].map(([level, value]) => ({ metric: 'log.line_count', labels: { ...levelLabel(level), ...service }, value }));
    const byTemplate = new Map<string, LogSample>();
    const addSample = (metric: LogSample['metric'], level: string, template: string, value: number): void => {
      const key = `${metric}\0${level}\0${template}`;
      // The labels of long templates may be the same, and a series has one value.
      byTemplate.set(key, { metric, labels: { ...levelLabel(level), ...service, template }, value: value + (byTemplate.get(key)?.value ?? 0) });
    };
    const changes: LogChange[] = [];
    for (const [template, count] of counts) {
      const text = templateText(template);
      const label = text.length > maxTemplateLabel ? `${text.slice(0, maxTemplateLabel - 3)}...` : text;
      const place = this.#seriesOf(label, clockMs);
      for (const [level, lines] of count.levels) addSample('log.template_count', level, place, lines);
      const change = this.#changeOf(template, text, count, bucket.startMs, clockMs);
      if (!change) continue;
      changes.push(change);
      addSample(`log.template_${change.kind}`, change.level ?? '', label, 1);
    }
    for (const [level, lines] of bucket.others) addSample('log.template_count', level, otherTemplates, lines);
    samples.push(...byTemplate.values());
    if (this.rates.size > this.miner.templateCount + spareTemplates) this.#forgetRates();
    return { samples, changes };
  }

  #changeOf(template: LogTemplate, text: string, { levels, example }: BucketCount, atMs: number, clockMs: number): LogChange | undefined {
    const lines = [...levels.values()].reduce((sum, one) => sum + one, 0);
    const level = [...levels.keys()].find((one) => one !== '');
    const known = this.rates.get(template);
    const rate = known ?? startRate(atMs);
    if (!known) this.rates.set(template, rate);
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
    return takePlace(this.series, maxSeries, label, clockMs) ? label : otherTemplates;
  }

  /** A sender may put anything where a level belongs: it must not make series without an end. */
  #levelOf(level: string, clockMs: number): string {
    if (level.length <= maxLevelLength && takePlace(this.levels, maxLevels, level, clockMs)) return level;
    return severityOf(level) ?? otherLevels;
  }

  /** Of templates that became one, what was usual is so together: else all their lines would be a surge of the oldest. */
  #followTemplates(): void {
    for (const [template, rate] of this.rates) {
      if (!template.into) continue;
      const final = finalTemplate(template);
      const known = this.rates.get(final);
      this.rates.delete(template);
      this.rates.set(final, known ? joinRates(known, rate) : rate);
    }
  }

  /** A bucket must not keep many more templates than the miner does, whatever is logged in its time. */
  #foldForgotten({ templates, others }: LogBucket): void {
    const alive = new Set(this.miner.templates());
    const counts = [...templates];
    templates.clear();
    for (const [template, count] of counts) {
      const final = finalTemplate(template);
      if (alive.has(final)) addCount(templates, final, count);
      else for (const [level, lines] of count.levels) addTo(others, level, lines);
    }
  }

  /** Of templates that are no more, and of which nothing is yet to be told. */
  #forgetRates(): void {
    const alive = new Set(this.miner.templates());
    for (const { templates } of this.buckets.values()) for (const template of templates.keys()) alive.add(finalTemplate(template));
    for (const template of this.rates.keys()) if (!alive.has(template)) this.rates.delete(template);
  }
}

/** Whether there is room for a name that is used now, if need be instead of one that was not for long. */
function takePlace(places: Map<string, number>, most: number, name: string, clockMs: number): boolean {
  if (!places.has(name) && places.size >= most) {
    const [oldest, lastMs] = [...places].reduce((a, b) => (b[1] < a[1] ? b : a));
    if (lastMs > clockMs - seriesIdleMs) return false;
    places.delete(oldest);
  }
  places.set(name, clockMs);
  return true;
}

function emptyBucket(startMs: number): LogBucket {
  return { startMs, levels: new Map(), templates: new Map(), others: new Map() };
}

function levelLabel(level: string): Labels {
  return level === '' ? {} : { level };
}

function addTo(counts: Map<string, number>, key: string, lines: number): void {
  counts.set(key, (counts.get(key) ?? 0) + lines);
}

function addCount(counts: Map<LogTemplate, BucketCount>, template: LogTemplate, count: BucketCount): void {
  const known = counts.get(template);
  if (known) for (const [level, lines] of count.levels) addTo(known.levels, level, lines);
  else counts.set(template, { ...count, levels: new Map(count.levels) });
}
