import type { DefinitionAnswer, MetricAnswer, ResourceAnswer } from '@opsloop/contracts';
import { titleIn } from '../language/titled.js';
import type { Language } from '../language/words.js';
import { definitionTitle } from '../definition/definition-title.js';
import type { IconName } from './icon.js';
import { pages, type PageEntry } from './pages.js';

export interface SearchEntry {
  readonly href: string;
  readonly icon: IconName;
  readonly name: string;
  readonly detail: string;
  /** Lower case: what the words are looked for in. */
  readonly haystack: string;
  /** Found after everything else: a metric that nobody sends. */
  readonly last: boolean;
}

interface Searchable {
  readonly language: Language;
  readonly pageNames: Readonly<Record<PageEntry['name'], string>>;
  readonly resources: readonly ResourceAnswer[];
  readonly metrics: readonly MetricAnswer[];
  readonly policies: readonly DefinitionAnswer[];
  readonly playbooks: readonly DefinitionAnswer[];
  readonly schedules: readonly DefinitionAnswer[];
}

/** Everything that the search finds, nearest first: pages, then what is watched, then what acts. Metrics that were never seen come last. */
export function searchEntries({ language, pageNames, resources, metrics, policies, playbooks, schedules }: Searchable): SearchEntry[] {
  const entry = (href: string, icon: IconName, name: string, detail: string, last = false): SearchEntry => ({ href, icon, name, detail, haystack: `${name} ${detail} ${href}`.toLowerCase(), last });
  const metricEntries = metrics.map((metric) => entry(`/metrics?metrics=${encodeURIComponent(metric.name)}`, 'metrics', titleIn(metric.title, language, metric.name), metric.name, !metric.seen));
  return [
    ...pages.map((page) => entry(page.to, page.icon, pageNames[page.name], `g ${page.key}`)),
    ...resources.map((one) => entry(`/resources/${one.resourceId}`, 'resources', one.name, [one.kind, one.region].filter((part) => part !== '').join(' · '))),
    ...policies.map((one) => entry(`/policies/${one.name}`, 'policies', definitionTitle(one, language), one.name)),
    ...playbooks.map((one) => entry(`/playbooks/${one.name}`, 'playbooks', definitionTitle(one, language), one.name)),
    ...schedules.map((one) => entry(`/schedules/${one.name}`, 'clock', definitionTitle(one, language), one.name)),
    ...metricEntries,
  ];
}

/** Entries that hold every word; those that begin with the text first, then those in which a word begins with it. */
export function findEntries(entries: readonly SearchEntry[], text: string): readonly SearchEntry[] {
  const wanted = text.trim().toLowerCase();
  const rank = ({ name, haystack, last }: SearchEntry): number => {
    const near = name.toLowerCase().startsWith(wanted) ? 0 : haystack.split(/[\s./_-]+/).some((word) => word.startsWith(wanted)) ? 1 : 2;
    return near + (last ? 3 : 0);
  };
  return entries.filter((entry) => wanted.split(/\s+/).every((part) => entry.haystack.includes(part))).toSorted((a, b) => rank(a) - rank(b));
}
