import { formatSeen } from '../condition/format-seen.js';
import type { AnomalyScore } from './anomaly-score.js';

const basisWords = { level: 'of late', day: 'at this time of the day', week: 'at this hour of the week' } as const;
const quietWords = { learning: ', still learning', rest: ', told before', habit: ', as on the days before' } as const;

/** In words what was seen, what was expected and what gave it away, for example `cpu was 93 where 41 is usual at this time of the day (up to 12 off), score 0.83`. */
export function describeAnomaly(metric: string, { seen, expected, margin, basis, feature, scoreBeforeRest, quiet }: AnomalyScore): string {
  const score = `score ${scoreBeforeRest.toFixed(2)}${quiet ? quietWords[quiet] : ''}`;
  if (feature === 'stuck') return `${metric} stays at exactly ${formatSeen(seen)}, its values seldom repeat, ${score}`;
  const usual = `${formatSeen(expected)} is usual ${basisWords[basis]}${margin > 0 ? ` (up to ${formatSeen(Number(margin.toPrecision(2)))} off)` : ''}`;
  return feature === 'value' ? `${metric} was ${formatSeen(seen)} where ${usual}, ${score}` : `${metric} was off for several windows, now ${formatSeen(seen)} where ${usual}, ${score}`;
}
