/** What POST policies/backtest answers, for OpenAPI. */
const text = { type: 'string' };
const time = { type: 'string', format: 'date-time' };
const number = { type: 'number' };
const count = { type: 'integer' };
const texts = { type: 'object', additionalProperties: text };
const level = { enum: ['info', 'warn', 'critical', 'down'] };
const orNull = (type: string): object => ({ type: [type, 'null'] });
const list = (items: object): object => ({ type: 'array', items });
const ref = (name: string): object => ({ $ref: `#/components/schemas/${name}` });
const object = (properties: Record<string, object>, optional: readonly string[] = []): Record<string, unknown> => ({ type: 'object', properties, required: Object.keys(properties).filter((name) => !optional.includes(name)) });

const crossings = { scored: count, hitRate: number, falseRate: number, missedRate: number, meanLeadSeconds: number, shortestLeadSeconds: number, meanErrorSeconds: number };
const optionalOf = (fields: object): string[] => Object.keys(fields).filter((name) => name !== 'scored');
const summary = { ...crossings, coverage: number, levels: list(object({ level, ...crossings }, optionalOf(crossings))) };
const rates = { alarmsPerWeek: number, pagesPerWeek: number, score: ref('BacktestScore') };

export const backtestAnswers: Record<string, Record<string, unknown>> = {
  BacktestAnswer: object({ items: list(ref('BacktestItem')) }),
  BacktestScore: object({ labelled: count, found: count, right: count, alarms: count, precision: orNull('number'), recall: orNull('number'), medianDelaySeconds: orNull('number') }),
  BacktestAlarm: object({
    occurrence: text, resource: text, resourceName: text, labels: texts, openedAt: time, resolvedAt: time, level,
    transitions: list(object({ at: time, type: text, level, value: orNull('number'), reason: text })),
  }, ['resolvedAt']),
  BacktestItem: object({
    policy: text, from: time, to: time, measuredFrom: time, judged: count, unit: text, alarms: list(ref('BacktestAlarm')),
    pages: list(object({ at: time, receiver: text, kind: text, level, alarms: list(text) })), resolvedNotices: count,
    orders: list(object({ at: time, occurrence: text, scenario: text, playbook: text, resource: text, approval: { enum: ['none', 'required'] }, heldBack: text }, ['heldBack'])),
    missing: list(text), ...rates,
    comparison: object({ before: object(rates, ['score']), kept: count, gained: list(ref('BacktestAlarm')), lost: list(ref('BacktestAlarm')) }),
    suggestion: object({ policy: text, level, limits: list(object({ limit: number, isPresent: { type: 'boolean' }, ...rates }, ['score'])) }),
    forecasts: ref('ForecastSummary'),
    drawn: list(object({
      resource: text, resourceName: text, labels: texts, alarms: count,
      points: list({ type: 'array', prefixItems: [number, orNull('number')], minItems: 2, maxItems: 2 }),
      foretold: list({ type: 'array', prefixItems: [number, number, number], minItems: 3, maxItems: 3 }),
    }, ['foretold'])),
    drawnOf: count,
  }, ['score', 'forecasts', 'comparison', 'suggestion', 'drawn', 'drawnOf']),
  ForecastSummary: object(summary, optionalOf(summary)),
  ForecastScore: object({ policy: text, hits: count, early: count, late: count, false: count, missed: count, updatedAt: time, heldBack: text, ...summary }, ['updatedAt', 'heldBack', ...optionalOf(summary)]),
};
