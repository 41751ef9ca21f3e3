import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useLanguage } from '../language/language.js';
import { formatValue } from '../metric/format-value.js';
import { formatClock } from '../time/format-time.js';
import { alignSeries } from './chart-data.js';
import { chartOptions, type ChartNow } from './chart-options.js';
import styles from './chart.module.css';

interface TimeChartProps extends Omit<ChartNow, 'language'> {
  readonly height: number;
  /** What the chart shows, for those who do not see it. */
  readonly label: string;
  /** Charts with the same key share one cursor. */
  readonly syncKey?: string;
}

/** Lines over time. Data, range and layers change in place; only other lines or another size of axis build it anew. */
export function TimeChart(props: TimeChartProps) {
  const { series, height, label, syncKey, unit } = props;
  const { language } = useLanguage();
  const scheme = useComputedColorScheme('light');
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const now = useRef<ChartNow>({ ...props, language });
  now.current = { ...props, language };
  const columns = useMemo(() => alignSeries(series), [series]);
  const lines = series.map((one) => one.key).join('\n');
  const [spoken, setSpoken] = useState('');

  useEffect(() => {
    const element = holder.current!;
    const data = alignSeries(now.current.series);
    const made = new uPlot(chartOptions(() => now.current, { width: element.clientWidth || 300, height }, syncKey), data, element);
    chart.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      chart.current = undefined;
    };
  }, [lines, unit, height, syncKey, language]);

  useEffect(() => {
    chart.current?.setData(columns);
  }, [columns, props.fromMs, props.toMs, props.thresholds, props.bands, props.marks, props.windows]);

  useEffect(() => {
    chart.current?.redraw(false, true);
  }, [scheme, props.focus]);

  function onKey(event: KeyboardEvent): void {
    const made = chart.current;
    const step = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    if (!made || step === 0 || columns[0].length === 0) return;
    event.preventDefault();
    const index = Math.min(Math.max((made.cursor.idx ?? (step > 0 ? -1 : columns[0].length)) + step, 0), columns[0].length - 1);
    const atMs = columns[0][index]!;
    made.setCursor({ left: made.valToPos(atMs, 'x'), top: 0 });
    const values = series.map((one, line) => `${one.name} ${formatValue(columns[line + 1]?.[index], unit, language).text}`);
    setSpoken(`${formatClock(atMs, Date.now(), language)}: ${values.join(', ')}`);
  }

  return (
    <div className={styles['frame']} style={{ height }} tabIndex={0} role="img" aria-label={label} onKeyDown={onKey}>
      <div ref={holder} className={styles['holder']} />
      <span className={styles['spoken']} role="status">
        {spoken}
      </span>
    </div>
  );
}
