import { findMetric, type Labels } from '@opsloop/contracts';
import type { SeriesSelector } from '@opsloop/ports';
import { badRequest, notFound } from '../http/api-error.js';
import type { ResourceDirectory } from './resource-directory.js';

export interface SeriesQuestion {
  readonly tenant: string;
  readonly metric: string;
  /** Ids or names, separated by commas. */
  readonly resource?: string;
  /** `label.x=y` of the query: sub-dimensions of the series, or attributes of its resource. */
  readonly labels: Labels;
}

/** With each key that may be a label or an attribute there are twice as many. */
const mostSelections = 32;

/** The labels among the names of a query string. */
export function labelsOf(query: Readonly<Record<string, unknown>>): Labels {
  const labels: Record<string, string> = {};
  for (const [key, value] of Object.entries(query)) if (key.startsWith('label.') && typeof value === 'string') labels[key.slice('label.'.length)] = value;
  return labels;
}

/** A label of the series decides; where it has none of that name, the attribute of its resource does, as for the target of a policy. No series is in two of the selections. */
export async function selectSeries(directory: ResourceDirectory, question: SeriesQuestion): Promise<readonly SeriesSelector[]> {
  const { tenant, metric } = question;
  const resources = question.resource === undefined ? undefined : await resourcesNamed(directory, tenant, question.resource.split(','));
  const dimensions = findMetric(metric)?.dimensions;
  let selections: SeriesSelector[] = [{ tenant, metric, labels: {}, ...(resources && { resources }) }];
  for (const [key, value] of Object.entries(question.labels)) {
    const maySeriesHave = !dimensions || dimensions.includes(key);
    const owners = new Set((value === '' ? [] : await directory.matching(tenant, { [key]: value })).map((record) => record.resourceId));
    selections = selections.flatMap((selection) => {
      const left = selection.resources?.filter((id) => owners.has(id)) ?? [...owners];
      const labelled = (label: string): SeriesSelector => ({ ...selection, labels: { ...selection.labels, [key]: label } });
      return [...(maySeriesHave ? [labelled(value)] : []), ...(left.length > 0 ? [{ ...(maySeriesHave ? labelled('') : selection), resources: left }] : [])];
    });
    if (selections.length > mostSelections) throw badRequest('So many labels that are attributes, too, are not looked up at once: ask for fewer of them, or name the resources ("resource").');
  }
  return selections;
}

async function resourcesNamed(directory: ResourceDirectory, tenant: string, names: readonly string[]): Promise<string[]> {
  const resources: string[] = [];
  for (const name of names) {
    const found = await directory.find(tenant, name);
    if (found.length === 0) throw notFound('resource', name);
    resources.push(...found.map((record) => record.resourceId));
  }
  return resources;
}
