import type { Labels } from '@opsloop/contracts';

/** Labels as one text, keys sorted: the same for the same labels, and '' for none. */
export function labelsKey(labels: Labels): string {
  const keys = Object.keys(labels);
  return keys.length === 0 ? '' : JSON.stringify(keys.toSorted().map((key) => [key, labels[key]]));
}

const noLabels: Labels = {};

/** The labels of the alarms of a condition over several series: see JointCondition.byLabels. */
export function jointLabels(labels: Labels, byLabels: boolean | readonly string[]): Labels {
  if (typeof byLabels === 'boolean') return byLabels ? labels : noLabels;
  return Object.fromEntries(byLabels.flatMap((name) => (labels[name] === undefined ? [] : [[name, labels[name]]])));
}
