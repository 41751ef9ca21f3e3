import type { BacktestItem } from '@opsloop/contracts';
import { useMemo } from 'react';
import { thresholdLines } from '../alarm/alarm-layers.js';
import { MarkLane } from '../chart/mark-lane.js';
import { foretold } from '../forecast/forecast-band.js';
import { useLanguage, useWords } from '../language/language.js';
import { HistoryChart } from '../metric/history-chart.js';
import type { History } from '../metric/metric-queries.js';
import type { PolicyDraft } from '../policy/policy-draft.js';
import { useMinute } from '../time/clock.js';
import { formatClock, toMs } from '../time/format-time.js';
import { backtestBands, backtestMarks } from './backtest-layers.js';
import { backtestWords } from './backtest-words.js';
import styles from './backtest.module.css';

/** What was judged, with the limits, the alarms as they would have been, and below it who would have been told. */
export function BacktestChart({ item, draft }: { readonly item: BacktestItem; readonly draft: PolicyDraft | undefined }) {
  const words = useWords(backtestWords);
  const { language } = useLanguage();
  const nowMs = useMinute();
  const history = useMemo<History>(() => {
    const series = (item.drawn ?? []).map(({ resource, resourceName, labels, points }) => ({ resource, resourceName, labels, aggregate: draft?.aggregate ?? ('avg' as const), points }));
    return { metric: item.policy, unit: item.unit, tier: 'base', stepMs: draft?.windowMs ?? 0, series, fromMs: toMs(item.measuredFrom), toMs: toMs(item.to) };
  }, [item, draft?.aggregate, draft?.windowMs]);
  const thresholds = useMemo(() => thresholdLines(draft?.threshold, language), [draft, language]);
  const bands = useMemo(() => backtestBands(item, item.drawn ?? []), [item]);
  const forecasts = useMemo(() => foretold(item.drawn ?? []), [item]);
  const marks = useMemo(() => backtestMarks(item, words), [item, words]);
  return (
    <div>
      <HistoryChart history={history} title={draft?.metric ?? item.policy} height={240} legend={history.series.length > 1} thresholds={thresholds} bands={bands} forecasts={forecasts} />
      {marks.length > 0 ? <MarkLane marks={marks} fromMs={history.fromMs} toMs={history.toMs} /> : null}
      <p className={styles['note']}>
        {item.measuredFrom > item.from ? words.measuredFrom(formatClock(toMs(item.measuredFrom), nowMs, language)) : ''} {words.chart(history.series.length, item.drawnOf ?? history.series.length)} {item.alarms.length > 0 ? words.marks : ''} {forecasts.length > 0 ? words.foretold : ''}
      </p>
    </div>
  );
}
