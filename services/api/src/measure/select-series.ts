import { findMetric, type Labels } from '@opsloop/contracts';
import type { SeriesSelector } from '@opsloop/ports';
import { notFound } from '../http/api-error.js';
import { attributeOf, type ResourceDirectory } from './resource-directory.js';

export interface SeriesQuestion {
  readonly tenant: string;
  readonly metric: string;
  /** Ids or names, separated by commas. */
  readonly resource?: string;
  /** `label.x=y` of the query: sub-dimensions of the series, or attributes of its resource. */
  readonly labels: Labels;
}

/** The labels among the names of a query string. */
export function labelsOf(query: Readonly<Record<string, unknown>>): Labels {
  const labels: Record<string, string> = {};
  for (const [key, value] of Object.entries(query)) if (key.startsWith('label.') && typeof value === 'string') labels[key.slice('label.'.length)] = value;
  return labels;
}

/** Sorts what was asked into sub-dimensions, which the store knows, and attributes, which the directory knows. */
export async function selectSeries(directory: ResourceDirectory, question: SeriesQuestion): Promise<SeriesSelector> {
  const { tenant, metric } = question;
  const dimensions = findMetric(metric)?.dimensions;
  const labels: Record<string, string> = {};
  const attributes: Record<string, string> = {};
  const records = await directory.all(tenant);
  for (const [key, value] of Object.entries(question.labels)) {
    const isAttribute = dimensions ? !dimensions.includes(key) : [...records.values()].some((record) => attributeOf(record, key) !== undefined);
    (isAttribute ? attributes : labels)[key] = value;
  }
  let resources: string[] | undefined;
  if (question.resource !== undefined) {
    resources = [];
    for (const name of question.resource.split(',')) {
      const found = await directory.find(tenant, name);
      if (found.length === 0) throw notFound('resource', name);
      resources.push(...found.map((record) => record.resourceId));
    }
  }
  if (Object.keys(attributes).length > 0) {
    const matching = new Set((await directory.matching(tenant, attributes)).map((record) => record.resourceId));
    resources = resources ? resources.filter((id) => matching.has(id)) : [...matching];
  }
  return { tenant, metric, labels, ...(resources && { resources }) };
}
