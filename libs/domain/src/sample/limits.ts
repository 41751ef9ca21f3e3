import { maxMetricLength } from '@opsloop/contracts';
import type { Refusal } from './refusal.js';

/** Tags of one line, those that identify included. */
const maxTags = 64;
const maxTagKeyLength = 128;
const maxTagValueLength = 1024;
/** String fields, which become attributes. */
const maxTextLength = 4096;
/** Attributes of one batch. */
export const maxAttributes = 256;

/** Lengths are in UTF-16 units, as JavaScript counts them. */
export function refuseTags(tags: ReadonlyMap<string, string>): Refusal | undefined {
  if (tags.size > maxTags) return { reason: 'labels', message: `${tags.size} tags, at most ${maxTags} are taken` };
  for (const [key, value] of tags) {
    if (key.length > maxTagKeyLength) return { reason: 'labels', message: `the tag key "${key.slice(0, 40)}..." has ${key.length} characters, at most ${maxTagKeyLength} are taken` };
    if (value.length > maxTagValueLength) return { reason: 'labels', message: `the value of tag "${key}" has ${value.length} characters, at most ${maxTagValueLength} are taken` };
  }
  return undefined;
}

export function refuseMetric(metric: string): Refusal | undefined {
  if (metric.length <= maxMetricLength) return undefined;
  return { reason: 'labels', message: `measurement and field "${metric.slice(0, 40)}..." have ${metric.length} characters together, at most ${maxMetricLength} are taken` };
}

export function refuseText(name: string, value: string): Refusal | undefined {
  if (value.length <= maxTextLength) return undefined;
  return { reason: 'text', message: `the string of "${name}" has ${value.length} characters, at most ${maxTextLength} are kept as an attribute` };
}
