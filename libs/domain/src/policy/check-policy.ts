import { findMetric, formatDuration, listMetrics, parseDurationMs, policyKinds, type Policy } from '@opsloop/contracts';
import { conditionKinds, kindFields } from '../condition/condition-kinds.js';
import { closestName } from '../definition/closest-name.js';
import type { FieldProblem } from '../definition/explain-schema-issue.js';
import { checkThresholds } from './check-thresholds.js';
import { partialLabels } from './partial-labels.js';
import { parsePolicyTest } from './policy-test/policy-test-input.js';

const longestWindowMs = 86_400_000;
const longestMs = 30 * 86_400_000;

export interface PolicyCheckOptions {
  /** Width of base windows: what policy windows are made of. */
  readonly baseWindowMs: number;
}

export interface CheckedFields {
  readonly errors: readonly FieldProblem[];
  readonly warnings: readonly FieldProblem[];
}

/** What is wrong with a policy beyond the shape of its fields. Paths begin at the document. */
export function checkPolicy(policy: Policy, options: PolicyCheckOptions): CheckedFields {
  const { spec } = policy;
  const errors: FieldProblem[] = [];
  const warnings: FieldProblem[] = [];
  const windowMs = parseDurationMs(spec.window) ?? 0;
  const base = formatDuration(options.baseWindowMs);
  const isWindow = windowMs > 0 && windowMs % options.baseWindowMs === 0;
  if (!isWindow) errors.push({ path: ['spec', 'window'], message: `${spec.window} is not a multiple of the base window, ${base}: write ${base}, ${formatDuration(2 * options.baseWindowMs)}, ... or change OPSLOOP_WINDOW_MS` });
  if (windowMs > longestWindowMs) errors.push({ path: ['spec', 'window'], message: `${spec.window} is longer than 1d` });
  errors.push(...checkKind(policy, options));
  for (const name of ['hold', 'keepOpen'] as const) {
    const ms = parseDurationMs(spec[name]) ?? 0;
    if (ms > longestMs) errors.push({ path: ['spec', name], message: `${spec[name]} is longer than 30d` });
    else if (isWindow && ms % windowMs !== 0) warnings.push({ path: ['spec', name], message: `${spec[name]} is not a multiple of the window, ${spec.window}: it is decided when a window closes, so it works like ${formatDuration(Math.ceil(ms / windowMs) * windowMs)}` });
  }
  if (spec.repeat !== undefined && parseDurationMs(spec.repeat) === 0) errors.push({ path: ['spec', 'repeat'], message: 'must be longer than 0: remove it to be told once' });
  errors.push(...checkNoData(policy, options.baseWindowMs));
  if (spec.noData === 'keep-last' && spec.noDataAfter !== undefined && spec.kind !== 'group') warnings.push({ path: ['spec', 'noDataAfter'], message: 'has no effect with noData: keep-last' });
  const near = spec.metric === '' || findMetric(spec.metric) ? undefined : closestName(spec.metric, listMetrics().map((metric) => metric.name));
  if (near !== undefined) warnings.push({ path: ['spec', 'metric'], message: `${spec.metric} is not in the catalogue (did you mean ${near}?): it is watched if a sender uses this very name` });
  errors.push(...checkTests(policy));
  if (errors.length === 0) warnings.push(...partialLabels(policy).map(({ key, labelled, unlabelled }) => ({ path: ['spec', 'target', 'match', key], message: `is a label of ${labelled}, and ${unlabelled} has none of that name: both are judged only on resources that have an attribute ${key} besides` })));
  return { errors, warnings };
}

/** The fields of its kind, and those of no other. */
function checkKind(policy: Policy, options: PolicyCheckOptions): FieldProblem[] {
  const { spec } = policy;
  const kind = conditionKinds[spec.kind];
  const own = kind?.field ?? spec.kind;
  const foreign = kindFields.filter((field) => field !== own && spec[field] !== undefined);
  const problems: FieldProblem[] = foreign.map((field) => {
    const owner = policyKinds.find((name) => name === field || conditionKinds[name]?.field === field) ?? field;
    return { path: ['spec', field], message: `belongs to kind ${owner}, and this policy is of kind ${spec.kind}: write kind: ${owner}, or remove it` };
  });
  if (spec.metric === '' && spec.kind !== 'log-pattern') problems.push({ path: ['spec', 'metric'], message: 'is missing: it is needed, and must be text' });
  if (!kind || kind.usesThreshold) problems.push(...checkThresholds(spec.threshold));
  else if (spec.threshold !== undefined) problems.push({ path: ['spec', 'threshold'], message: `has no meaning with kind ${spec.kind}, whose levels are in ${spec.kind}: remove it` });
  return kind ? [...problems, ...kind.check(policy, options)] : problems;
}

function checkNoData({ spec }: Policy, baseWindowMs: number): FieldProblem[] {
  if (spec.noDataAfter === undefined) return [];
  const ms = parseDurationMs(spec.noDataAfter) ?? 0;
  const path = ['spec', 'noDataAfter'];
  if (ms > longestMs) return [{ path, message: `${spec.noDataAfter} is longer than 30d` }];
  return ms < 2 * baseWindowMs ? [{ path, message: `${spec.noDataAfter} is shorter than two base windows: every pause between two windows would count as missing data; write at least ${formatDuration(2 * baseWindowMs)}` }] : [];
}

function checkTests(policy: Policy): FieldProblem[] {
  const names = new Set<string>();
  return (policy.tests ?? []).flatMap((test, index) => {
    const path = ['tests', index];
    const problems: FieldProblem[] = parsePolicyTest(policy, test).problems.map((one) => ({ ...one, path: [...path, ...one.path] }));
    if (names.has(test.name)) problems.push({ path: [...path, 'name'], message: 'is used twice: each test needs a name of its own' });
    names.add(test.name);
    return problems;
  });
}
