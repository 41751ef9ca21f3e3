import { useMemo, useState } from 'react';
import { ChartLegend } from '../chart/chart-legend.js';
import { alignSeries, summarise, type ChartSeries } from '../chart/chart-data.js';
import type { ChartLayers } from '../chart/chart-layers.js';
import { mostLines } from '../chart/chart-palette.js';
import { chartWords } from '../chart/chart-words.js';
import { useSteadyLines } from '../chart/steady-lines.js';
import { TimeChart } from '../chart/time-chart.js';
import { useLanguage, useWords } from '../language/language.js';
import { formatValue } from './format-value.js';
import type { History } from './metric-queries.js';
import { metricWords } from './metric-words.js';
import { nameSeries, seriesKey } from './series-name.js';
import styles from './metric.module.css';

interface HistoryChartProps extends ChartLayers {
  readonly history: History;
  readonly title: string;
  readonly height?: number;
  readonly syncKey?: string;
  readonly legend?: boolean;
  readonly most?: number;
  readonly onZoom?: ((fromMs: number, toMs: number) => void) | undefined;
}

const none: readonly never[] = [];

/** The chart of an answer, with its legend. */
export function HistoryChart({ history, title, height = 220, syncKey, legend = true, most = mostLines, onZoom, thresholds = none, bands = none, windows = none, marks = none, forecasts = none }: HistoryChartProps) {
  const words = useWords(chartWords);
  const metrics = useWords(metricWords);
  const { language } = useLanguage();
  const [cursor, setCursor] = useState<number | null>(null);
  const [focus, setFocus] = useState<string>();
  const all = useMemo(() => toChartSeries(history, metrics.total), [history, metrics]);
  const { shown, hidden } = useSteadyLines(all, most);
  const columns = useMemo(() => alignSeries(shown), [shown]);
  const summary = summarise(shown[0]?.points ?? []);
  const empty = shown.every((one) => summarise(one.points).last === null);
  const label = words.summary(title, shown.length, formatValue(summary.last, history.unit, language).text, formatValue(summary.max, history.unit, language).text);
  return (
    <div className={styles['chart']}>
      <TimeChart
        series={shown}
        unit={history.unit}
        fromMs={history.fromMs}
        toMs={history.toMs}
        height={height}
        label={label}
        {...(syncKey === undefined ? {} : { syncKey })}
        focus={focus}
        onZoom={onZoom}
        onCursor={setCursor}
        thresholds={thresholds}
        bands={bands}
        windows={windows}
        marks={marks}
        forecasts={forecasts}
      />
      {empty ? <p className={styles['nothing']}>{words.nothing}</p> : null}
      {legend && !empty ? <ChartLegend series={shown} columns={columns} unit={history.unit} cursor={cursor} focus={focus} onFocus={setFocus} /> : null}
      {hidden > 0 ? <p className={styles['note']}>{words.hidden(hidden)}</p> : null}
    </div>
  );
}

export function toChartSeries(history: History, totalWord: string): ChartSeries[] {
  const names = nameSeries(history.series, totalWord);
  return history.series.map((one, index) => ({ key: seriesKey(one), name: names[index]!, points: one.points }));
}
