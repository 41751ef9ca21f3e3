/** What the design knows and this version has not built: refused by name, never read and ignored. */
import type { Kind } from '@opsloop/contracts';
import type { FieldProblem } from './explain-schema-issue.js';

const laterPolicyFields = ['channels'];
const laterScenarioFields = ['blastRadius', 'canary', 'trust', 'schedule'];
const laterScenarioSteps = ['diagnose', 'wait', 'verify'];
const laterChannels = ['sms', 'push', 'webhook', 'chat', 'slack', 'teams', 'phone'];
const laterReceiverFields = ['escalation', 'onCall', 'quietHours'];
const laterSteps = ['ssh', 'ansible', 'k8s', 'csp'];

/** `document` is a definition as it was written, of any shape. */
export function findLaterFeatures(kind: Kind, document: unknown): FieldProblem[] {
  const spec = field(document, 'spec');
  switch (kind) {
    case 'Policy':
      return laterFields(spec, ['spec'], laterPolicyFields);
    case 'Receiver':
      return [...laterValue(spec, ['spec'], 'channel', laterChannels, 'the channel there is so far is mail'), ...laterFields(spec, ['spec'], laterReceiverFields)];
    case 'Scenario':
      return [...laterFields(spec, ['spec'], laterScenarioFields), ...laterScenario(spec)];
    case 'Schedule':
      return [];
    case 'Playbook':
      return entries(field(spec, 'steps')).flatMap(([index, step]) => laterValue(step, ['spec', 'steps', Number(index)], 'uses', laterSteps, 'steps use local or http so far'));
  }
}

function laterScenario(spec: unknown): FieldProblem[] {
  return entries(field(spec, 'levels')).flatMap(([level, steps]) =>
    entries(steps).flatMap(([index, step]) => laterValue(step, ['spec', 'levels', level, Number(index)], 'do', laterScenarioSteps, 'steps are notify, work-order and escalate so far')),
  );
}

function laterFields(value: unknown, path: readonly (string | number)[], names: readonly string[]): FieldProblem[] {
  return names.filter((name) => field(value, name) !== undefined).map((name) => ({ path: [...path, name], message: 'is not available yet: remove it' }));
}

function laterValue(value: unknown, path: readonly (string | number)[], name: string, later: readonly string[], mend: string): FieldProblem[] {
  const given = field(value, name);
  return typeof given === 'string' && later.includes(given) ? [{ path: [...path, name], message: `${given} is not available yet: ${mend}` }] : [];
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}
