import type { BacktestAnswer, BacktestItem } from '@opsloop/contracts';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { apiSend } from '../api/client.js';
import { formatRange, type Range } from '../time/range.js';

export interface BacktestQuestion {
  /** A definition file with a policy that can be used. */
  readonly text: string;
  readonly range: Range;
  /** Stretches of time in which something was wrong: `from/to` joined by commas; empty: none are known. */
  readonly labels: string;
}

/** A long range is read and judged whole. */
const answerMs = 5 * 60_000;
/** Lines of a chart that can be told apart without searching. */
const drawn = 8;

/** What the policy would have done, against the version in force. */
export function backtestQuery(question: BacktestQuestion) {
  return queryOptions({
    queryKey: ['backtest', 'report', question.text, formatRange(question.range), question.labels],
    queryFn: () => askBacktest(question, { draw: String(drawn) }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });
}

/** What other limits would have meant. `limits`: those to try; empty: as the values lie. */
export function suggestionQuery(question: BacktestQuestion, limits: string) {
  return queryOptions({
    queryKey: ['backtest', 'limits', question.text, formatRange(question.range), question.labels, limits],
    queryFn: () => askBacktest(question, { compare: 'none', suggest: limits === '' ? 'auto' : limits }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });
}

async function askBacktest({ text, range, labels }: BacktestQuestion, wishes: Readonly<Record<string, string>>): Promise<BacktestItem> {
  const [from, to] = range.kind === 'last' ? [`-${range.text}`, 'now'] : [String(Math.round(range.fromMs)), String(Math.round(range.toMs))];
  const query = new URLSearchParams({ from, to, ...wishes, ...(labels !== '' && { labels }) });
  const { items } = await apiSend<BacktestAnswer>('POST', `policies/backtest?${query.toString()}`, text, answerMs);
  return items[0]!;
}
