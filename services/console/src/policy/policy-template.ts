import { labelsOf } from '../metric/explorer-search.js';

interface PolicySeed {
  readonly metric?: string;
  readonly aggregate?: string;
  /** `host:web-01,region:kr` */
  readonly match?: string;
}

/** A policy to begin with, filled with what is known already. Its thresholds are examples to be changed. */
export function policyTemplate({ metric = 'cpu.utilisation', aggregate = 'avg', match }: PolicySeed): string {
  const known = ['avg', 'min', 'max', 'last'].includes(aggregate) ? aggregate.toUpperCase() : 'AVG';
  const labels = Object.entries(labelsOf(match));
  const target = labels.length === 0 ? '' : `  target:\n    match:\n${labels.map(([key, value]) => `      ${quote(key)}: ${quote(value)}\n`).join('')}`;
  return `apiVersion: opsloop/v1
kind: Policy
metadata:
  name: ${metric.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '')}
spec:
  metric: ${quote(metric)}
  aggregate: ${known}
  window: 1m
${target}  threshold:
    warn: "> 80"
    critical: "> 95"
    recover: "< 75"
  hold: 2m
  keepOpen: 1m
  repeat: 1h
  noData: keep-last
`;
}

function quote(text: string): string {
  return /^[A-Za-z][\w./-]*$/.test(text) ? text : JSON.stringify(text);
}
