import { collections, type DefinitionRecord, type ForecastScore, type ForecastScoreAnswer } from '@opsloop/contracts';
import { compileGate, readStoredDefinition, scorecardProblem, sumForecastScores, summariseTotals } from '@opsloop/domain';
import type { ServiceContext } from '@opsloop/runtime';
import { badRequest, notFound } from '../http/api-error.js';
import { route, type Route } from '../http/route.js';

/** How good the forecasts of a policy have been, over all its series. */
export function forecastScoreRoute({ documents }: ServiceContext): Route {
  const definitions = documents.collection<DefinitionRecord>(collections.definitions);
  const scores = documents.collection<ForecastScore>(collections.forecastScores);
  return route({
    method: 'get', path: '/policies/{name}/forecast-score', scope: 'read', answer: 'ForecastScore',
    summary: 'What became of the forecasts of a policy of kind forecast: hits, false alarms, how long before, and whether it may act',
    async handle({ principal: { tenant }, params }) {
      const name = params['name']!;
      const stored = await definitions.get(`${tenant}/Policy/${name}`);
      const policy = stored?.doc.deleted === false ? readStoredDefinition(stored.doc.versions.at(-1)?.definition) : undefined;
      if (policy?.kind !== 'Policy') throw notFound('policy', name);
      if (policy.spec.kind !== 'forecast') throw badRequest(`Policy ${name} is of kind ${policy.spec.kind}: only policies of kind forecast have forecasts to score.`);
      const { items } = await scores.find({ tenant, policy: name }, { limit: 1_000 });
      const totals = sumForecastScores(items.map(({ doc }) => doc));
      const summary = summariseTotals(totals);
      const newestMs = Math.max(...items.map(({ doc }) => doc.updatedAtMs));
      const gate = compileGate(policy);
      const answer: ForecastScoreAnswer = {
        policy: name, ...summary, hits: totals.hit, early: totals.early, late: totals.late, false: totals.false, missed: totals.missed,
        ...(items.length > 0 && { updatedAt: new Date(newestMs).toISOString() }), heldBack: gate && scorecardProblem(gate, { scored: summary.scored, hits: totals.hit }),
      };
      return answer;
    },
  });
}
