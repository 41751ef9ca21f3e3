/** What became of the forecasts of each policy, as documents: one for each partition, always the whole sum, so that nothing counts twice. */
import { collections, type ForecastScore } from '@opsloop/contracts';
import type { PolicyForecastScore, WatchState } from '@opsloop/domain';
import { periodicPart, type Part, type ServiceContext } from '@opsloop/runtime';

const roundMs = 5_000;
const mostTries = 5;

export function createScorePublisher({ documents, clock, logger }: ServiceContext, states: () => ReadonlyMap<number, WatchState>): Part {
  const scores = documents.collection<ForecastScore>(collections.forecastScores);
  /** What was written of each score; a state that was read again from its checkpoint has other ones. */
  const written = new WeakMap<PolicyForecastScore, number>();

  async function publish(partition: number, score: PolicyForecastScore): Promise<void> {
    const { tenant, policy, key, updatedAtMs } = score;
    const doc: ForecastScore = { id: `${tenant}/${policy}/${partition}`, tenant, policy, partition, key, totals: structuredClone(score.totals), updatedAtMs };
    for (let tries = 0; tries < mostTries; tries++) {
      const stored = await scores.get(doc.id);
      // An instance that replays, or that has lost the partition and does not know it yet, knows less than what is written.
      if (stored && stored.doc.updatedAtMs > updatedAtMs) return;
      const outcome = stored ? await scores.replace(doc, stored.version) : await scores.insert(doc);
      if (outcome === 'conflict' || outcome === 'exists') continue;
      written.set(score, updatedAtMs);
      return;
    }
  }

  let warned = false;
  return periodicPart({
    name: 'forecast scores',
    clock,
    async round(signal) {
      for (const [partition, { forecastScores }] of states()) {
        for (const score of forecastScores.values()) if (!signal.aborted && written.get(score) !== score.updatedAtMs) await publish(partition, score);
      }
      warned = false;
    },
    waitMs: () => roundMs,
    onFailure(error) {
      if (!warned) logger.warn({ err: error }, 'scores of forecasts cannot be written; they are as soon as documents answer');
      warned = true;
    },
  });
}
