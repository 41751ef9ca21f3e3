import type { MetricAnswer, ResourceAnswer } from '@opsloop/contracts';
import { keepPreviousData, useQueries, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { alignSeries, summarise, withoutIdle, type ChartSeries } from '../chart/chart-data.js';
import { chartWords } from '../chart/chart-words.js';
import { Swatch } from '../chart/chart-legend.js';
import { useSteadyLines } from '../chart/steady-lines.js';
import { TimeChart } from '../chart/time-chart.js';
import { useLanguage, useWords } from '../language/language.js';
import { formatValue } from '../metric/format-value.js';
import { toChartSeries } from '../metric/history-chart.js';
import { metricWords } from '../metric/metric-words.js';
import { onlyTotals, withoutLoopback } from '../metric/pick-series.js';
import { historyQuery, metricsQuery, topQuery, type History } from '../metric/metric-queries.js';
import { useLastingProblem } from '../page/lasting-problem.js';
import { Waiting } from '../page/loaded.js';
import { Section } from '../page/page.js';
import { ProblemNotice } from '../page/problem.js';
import { parseRange } from '../time/range.js';
import { liveFrom } from './live-from.js';
import { overviewWords } from './overview-words.js';
import styles from './overview.module.css';

const most = 5;
const range = parseRange('1h');

interface Panel {
  readonly title: 'cpu' | 'memory' | 'disk' | 'network';
  /** All of the metrics that are seen are drawn in one chart. */
  readonly metrics: readonly string[];
}
const panels: readonly Panel[] = [
  { title: 'cpu', metrics: ['cpu.utilisation'] },
  { title: 'memory', metrics: ['mem.used_percent'] },
  { title: 'disk', metrics: ['disk.used_percent'] },
  { title: 'network', metrics: ['net.bytes_recv', 'net.bytes_sent'] },
];

/** Four charts of what is watched here: every host while there are few, else those with the highest CPU. */
export function LiveCharts({ resources }: { readonly resources: readonly ResourceAnswer[] }) {
  const metrics = useQuery(metricsQuery);
  const hosts = resources.filter((one) => one.metrics.includes('cpu.utilisation'));
  const many = hosts.length > most;
  const top = useQuery({ ...topQuery('cpu.utilisation', most, 'avg'), enabled: many, refetchInterval: false });
  const shown = many ? top.data?.items.map((item) => item.resource) : hosts.map((one) => one.resourceId);
  const seen = metrics.data?.items.filter((metric) => metric.seen) ?? [];
  return (
    <div className={styles['charts']}>
      {panels.map((panel) => {
        const known = panel.metrics.flatMap((name) => seen.find((metric) => metric.name === name) ?? []);
        return known.length === 0 || shown === undefined ? null : <LivePanel key={panel.title} panel={panel} metrics={known} resources={shown} />;
      })}
    </div>
  );
}

/** The answers that are there, and why another one is not. */
function withFailure(results: readonly UseQueryResult<History>[]) {
  const { error = null, failureReason = null, errorUpdateCount = 0 } = results.find((result) => result.data === undefined) ?? {};
  return { answers: results.flatMap((result) => result.data ?? []), failure: { error, failureReason, errorUpdateCount } };
}

function LivePanel({ panel, metrics, resources }: { readonly panel: Panel; readonly metrics: readonly MetricAnswer[]; readonly resources: readonly string[] }) {
  const words = useWords(overviewWords);
  const { answers, failure } = useQueries({
    queries: metrics.map((metric) => ({ ...historyQuery({ metric: metric.name, range, aggregates: ['avg'], resources }), placeholderData: keepPreviousData })),
    combine: withFailure,
  });
  const ready = answers.length === metrics.length;
  const problem = useLastingProblem({ data: ready ? answers : undefined, ...failure });
  return (
    <Section
      title={
        <Link to="/metrics" search={{ metrics: panel.metrics.join(','), ...(resources.length > 0 ? { resources: resources.join(',') } : {}) }} className={styles['quiet']}>
          {words[panel.title]}
        </Link>
      }
    >
      {ready ? <PanelChart title={words[panel.title]} answers={answers} /> : problem ? <ProblemNotice error={problem} /> : <Waiting height={190} />}
    </Section>
  );
}

/** Totals where there are any, and no loopback. Several metrics in one chart are told apart by their direction; an interface without traffic says nothing. */
function seriesOf(answers: readonly History[], totalWord: string, directions: Readonly<Record<string, string>>): readonly ChartSeries[] {
  const all = answers.flatMap((answer) => {
    const lines = toChartSeries({ ...answer, series: withoutLoopback(onlyTotals(answer.series)) }, totalWord);
    return answers.length === 1 ? lines : lines.map((one) => ({ ...one, key: `${answer.metric}|${one.key}`, name: `${one.name} ${directions[answer.metric] ?? answer.metric}` }));
  });
  return answers.length === 1 ? all : withoutIdle(all);
}

/** What the metrics of one chart have in common: the key without the metric. */
function sourceOf({ key }: ChartSeries): string {
  return key.slice(key.indexOf('|') + 1);
}

function PanelChart({ title, answers }: { readonly title: string; readonly answers: readonly History[] }) {
  const words = useWords(overviewWords);
  const charts = useWords(chartWords);
  const metrics = useWords(metricWords);
  const { language } = useLanguage();
  const [cursor, setCursor] = useState<number | null>(null);
  const all = useMemo(() => seriesOf(answers, metrics.total, { 'net.bytes_recv': words.received, 'net.bytes_sent': words.sent }), [answers, words, metrics]);
  const { shown, hidden } = useSteadyLines(all, most, answers.length > 1 ? sourceOf : undefined);
  const columns = useMemo(() => alignSeries(shown), [shown]);
  const { unit, toMs } = answers[0]!;
  const fromMs = liveFrom(shown, answers[0]!.fromMs, toMs);
  const show = (value: number | null | undefined): string => formatValue(value, unit, language).text;
  const first = summarise(shown[0]?.points ?? []);
  return (
    <>
      <TimeChart series={shown} unit={unit} fromMs={fromMs} toMs={toMs} height={150} syncKey="overview" onCursor={setCursor} label={charts.summary(title, shown.length, show(first.last), show(first.max))} />
      <ul className={styles['lines']}>
        {shown.map((one, index) => (
          <li key={one.key}>
            <Swatch index={index} />
            <span>{one.name}</span>
            <b>{show(cursor === null ? summarise(one.points).last : columns[index + 1]?.[cursor])}</b>
          </li>
        ))}
        {hidden > 0 ? <li>{words.moreLines(hidden)}</li> : null}
      </ul>
    </>
  );
}
