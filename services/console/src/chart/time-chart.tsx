import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useLanguage } from '../language/language.js';
import { formatValue } from '../metric/format-value.js';
import { formatClock } from '../time/format-time.js';
import { alignSeries, type ChartColumns } from './chart-data.js';
import { chartOptions, type ChartHandlers, type ChartNow } from './chart-options.js';
import styles from './chart.module.css';

interface TimeChartProps extends Omit<ChartNow, 'language' | 'scheme'>, ChartHandlers {
  readonly height: number;
  /** What the chart shows, for those who do not see it. */
  readonly label: string;
  /** Charts with the same key share one cursor. */
  readonly syncKey?: string;
}

/** Lines over time. Data, range and layers change in place; only other lines, units or words build it anew. */
export function TimeChart({ height, label, syncKey, onZoom, onCursor, series, unit, fromMs, toMs, focus, thresholds, bands, windows, marks, forecasts }: TimeChartProps) {
  const { language } = useLanguage();
  const scheme = useComputedColorScheme('light');
  const now = useMemo<ChartNow>(
    () => ({ series, unit, fromMs, toMs, language, scheme, focus, ...(thresholds && { thresholds }), ...(bands && { bands }), ...(windows && { windows }), ...(marks && { marks }), ...(forecasts && { forecasts }) }),
    [series, unit, fromMs, toMs, language, scheme, focus, thresholds, bands, windows, marks, forecasts],
  );
  const columns = useMemo(() => alignSeries(series), [series]);
  return <Canvas key={[unit, language, ...series.map((one) => one.key)].join('\n')} now={now} columns={columns} height={height} label={label} syncKey={syncKey} onZoom={onZoom} onCursor={onCursor} />;
}

interface CanvasProps extends ChartHandlers {
  readonly now: ChartNow;
  readonly columns: ChartColumns;
  readonly height: number;
  readonly label: string;
  readonly syncKey: string | undefined;
}

/** The chart itself. It reads what it draws from refs, so that a pointer that moves over it does not draw it again. */
function Canvas({ now, columns, height, label, syncKey, onZoom, onCursor }: CanvasProps) {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const drawn = useRef({ now, columns });
  const handlers = useRef<ChartHandlers>({ onZoom, onCursor });
  const [spoken, setSpoken] = useState('');
  useEffect(() => {
    handlers.current = { onZoom, onCursor };
  });
  useEffect(() => {
    const element = holder.current!;
    const made = new uPlot(chartOptions(() => drawn.current.now, () => handlers.current, { width: element.clientWidth || 300, height }, syncKey), drawn.current.columns, element);
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    chart.current = made;
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      chart.current = undefined;
    };
  }, [height, syncKey]);
  useEffect(() => {
    drawn.current = { now, columns };
    chart.current?.setData(columns);
  }, [now, columns]);

  function onKey(event: KeyboardEvent): void {
    const index = chart.current ? stepCursor(chart.current, event.key) : undefined;
    if (index === undefined) return;
    event.preventDefault();
    const { series, unit, language } = now;
    const values = series.map((one, line) => `${one.name} ${formatValue(columns[line + 1]?.[index], unit, language).text}`);
    setSpoken(`${formatClock(columns[0][index]!, Date.now(), language)}: ${values.join(', ')}`);
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

/** Moves the cursor by one point, from the nearest end when there is none; undefined for other keys. */
function stepCursor(chart: uPlot, key: string): number | undefined {
  const step = key === 'ArrowLeft' ? -1 : key === 'ArrowRight' ? 1 : 0;
  const times = chart.data[0];
  if (step === 0 || times.length === 0) return undefined;
  const index = Math.min(Math.max((chart.cursor.idx ?? (step > 0 ? -1 : times.length)) + step, 0), times.length - 1);
  chart.setCursor({ left: chart.valToPos(times[index]!, 'x'), top: 0 });
  return index;
}
