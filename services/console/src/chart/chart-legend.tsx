import { UnstyledButton } from '@mantine/core';
import { useMemo } from 'react';
import { useLanguage, useWords } from '../language/language.js';
import { formatValue } from '../metric/format-value.js';
import { summarise, type ChartColumns, type ChartSeries } from './chart-data.js';
import { lineStyle } from './chart-palette.js';
import { chartWords } from './chart-words.js';
import styles from './chart.module.css';

interface ChartLegendProps {
  readonly series: readonly ChartSeries[];
  readonly columns: ChartColumns;
  readonly unit: string;
  readonly cursor: number | null;
  readonly focus: string | undefined;
  onFocus(key: string | undefined): void;
}

/** One row a line; its first number is the one under the cursor, else the last. */
export function ChartLegend({ series, columns, unit, cursor, focus, onFocus }: ChartLegendProps) {
  const words = useWords(chartWords);
  const { language } = useLanguage();
  const summaries = useMemo(() => series.map((one) => summarise(one.points)), [series]);
  const show = (value: number | null | undefined): string => formatValue(value, unit, language).text;
  return (
    <div className={styles['legend']}>
      <div className={styles['legend-head']}>
        <span>{words.series}</span>
        <span>{cursor === null ? words.now : words.atCursor}</span>
        <span>{words.max}</span>
        <span>{words.mean}</span>
        <span>{words.min}</span>
      </div>
      {series.map((one, index) => {
        const summary = summaries[index]!;
        return (
          <UnstyledButton key={one.key} className={styles['legend-row']} aria-pressed={focus === one.key} onClick={() => onFocus(focus === one.key ? undefined : one.key)}>
            <span className={styles['legend-name']}>
              <Swatch index={index} />
              {one.name}
            </span>
            <span className={styles['legend-now']}>{show(cursor === null ? summary.last : columns[index + 1]?.[cursor])}</span>
            <span>{show(summary.max)}</span>
            <span>{show(summary.mean)}</span>
            <span>{show(summary.min)}</span>
          </UnstyledButton>
        );
      })}
    </div>
  );
}

export function Swatch({ index }: { readonly index: number }) {
  const { colour, dash } = lineStyle(index);
  return (
    <svg className={styles['swatch']} width="16" height="8" aria-hidden="true">
      <line x1="0" y1="4" x2="16" y2="4" stroke={`var(${colour})`} strokeWidth="2.5" strokeDasharray={dash?.join(' ')} />
    </svg>
  );
}
