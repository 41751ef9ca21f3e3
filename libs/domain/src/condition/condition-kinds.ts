/** Every kind of condition beside a plain threshold, with the field of the policy that describes it. */
import type { PolicyKind } from '@opsloop/contracts';
import { absenceKind } from './absence.js';
import { anomalyKind } from './anomaly.js';
import { changeKind } from './change.js';
import { compositeKind } from './composite.js';
import type { ConditionKind } from './condition.js';
import { forecastKind } from './forecast.js';
import { groupKind } from './group.js';
import { logPatternKind } from './log-pattern.js';
import { rateKind } from './rate.js';
import { ratioKind } from './ratio.js';

/** A kind is available when it is here. The field of a kind has its name; it is refused on policies of another kind. */
export const conditionKinds: Readonly<Partial<Record<PolicyKind, ConditionKind>>> = {
  anomaly: anomalyKind,
  absence: absenceKind,
  forecast: forecastKind,
  rate: rateKind,
  change: changeKind,
  ratio: ratioKind,
  composite: compositeKind,
  group: groupKind,
  'log-pattern': logPatternKind,
};

/** Fields of a policy that belong to one kind alone. */
export const kindFields = ['absence', 'rate', 'change', 'ratio', 'composite', 'group', 'forecast', 'log'] as const;
