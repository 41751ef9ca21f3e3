import type { Aggregate, AlarmAnswer } from '@opsloop/contracts';
import { parseDurationMs } from '@opsloop/contracts/duration-text';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { MarkLane } from '../chart/mark-lane.js';
import { useLanguage, useWords } from '../language/language.js';
import { HistoryChart } from '../metric/history-chart.js';
import { historyQuery } from '../metric/metric-queries.js';
import { metricWords } from '../metric/metric-words.js';
import { Loaded } from '../page/loaded.js';
import { Section } from '../page/page.js';
import { definitionQuery } from '../definition/definition-queries.js';
import { forecastEndMs, foreseen } from '../forecast/forecast-band.js';
import { ForecastLines } from '../forecast/forecast-lines.js';
import { useMinute } from '../time/clock.js';
import { toMs } from '../time/format-time.js';
import { parseRange, type Range } from '../time/range.js';
import { alarmBands, alarmSeries, alarmMarks, judgedWindows, policyOf, thresholdLines, withDeciding } from './alarm-layers.js';
import type { TimelineNode } from './alarm-timeline.js';
import { alarmWords } from './alarm-words.js';
import styles from './alarm.module.css';

const minuteMs = 60_000;

/** From well before the condition began to well after it was over; of an open alarm, up to now. */
function rangeOf(alarm: AlarmAnswer, lastMs: number, windowMs: number, nowMs: number): Range {
  const pendingMs = toMs(alarm.pendingSince);
  const endMs = alarm.resolvedAt === undefined ? nowMs + minuteMs : Math.max(toMs(alarm.resolvedAt), lastMs);
  const roomMs = Math.max(2 * minuteMs, 8 * windowMs, (endMs - pendingMs) * 0.4);
  if (alarm.resolvedAt === undefined) return parseRange(`${Math.ceil((endMs - pendingMs + roomMs) / minuteMs)}m`);
  // Not into the future: of what was over just now, the room behind it is still to come.
  return { kind: 'fixed', fromMs: pendingMs - roomMs, toMs: Math.min(endMs + roomMs, nowMs + minuteMs) };
}

/** What was measured, as the policy judges it, with its thresholds and everything that happened. */
export function AlarmChart({ alarm, nodes }: { readonly alarm: AlarmAnswer; readonly nodes: readonly TimelineNode[] }) {
  const words = useWords(alarmWords);
  const metrics = useWords(metricWords);
  const { language } = useLanguage();
  const nowMs = useMinute();
  const policy = policyOf(useQuery(definitionQuery('policies', alarm.policy)).data, alarm.policyVersion);
  const aggregate = alarm.aggregate.toLowerCase() as Aggregate;
  const windowMs = parseDurationMs(policy?.spec.window ?? '');
  const range = rangeOf(alarm, nodes.at(-1)?.atMs ?? 0, windowMs ?? 10_000, nowMs);
  const history = useQuery(historyQuery({ metric: alarm.metric, range, aggregates: [aggregate], resources: [alarm.resourceId], labels: alarm.labels, ...(windowMs === undefined ? {} : { stepMs: windowMs }) }));
  const thresholds = useMemo(() => {
    const own = alarm.threshold === undefined || alarm.level === 'down' ? undefined : { [alarm.level]: alarm.threshold };
    return thresholdLines(policy?.spec.threshold ?? own, language);
  }, [policy, alarm.threshold, alarm.level, language]);
  const marks = useMemo(() => alarmMarks(nodes, language), [nodes, language]);
  // Of other kinds the value is a score, a ratio or a count: it lies on another scale than what was measured.
  const decidingMs = alarm.state === 'open' && policy?.spec.kind === 'threshold' ? windowMs : undefined;
  const windows = useMemo(() => judgedWindows(alarm), [alarm]);
  const forecasts = useMemo(() => foreseen(alarm), [alarm]);
  const bands = useMemo(() => alarmBands(alarm, history.data?.toMs ?? nowMs), [alarm, history.data?.toMs, nowMs]);
  return (
    <Section
      title={words.chart}
      beside={
        <Link to="/metrics" search={{ metrics: alarm.metric, resources: alarm.resourceId, aggregate }} className={styles['explore']}>
          {words.explore}
        </Link>
      }
    >
      <Loaded query={history} height={260}>
        {(data) => (
          <>
            <HistoryChart history={{ ...data, toMs: Math.max(data.toMs, forecastEndMs(forecasts)), series: decidingMs === undefined ? alarmSeries(data.series, alarm) : withDeciding(alarmSeries(data.series, alarm), alarm, decidingMs) }} title={alarm.metric} height={240} legend={false} thresholds={thresholds} bands={bands} windows={windows} marks={marks} forecasts={forecasts} />
            <MarkLane marks={marks} fromMs={data.fromMs} toMs={Math.max(data.toMs, forecastEndMs(forecasts))} />
            {alarm.forecast ? <ForecastLines forecast={alarm.forecast} className={styles['note']} /> : null}
            <p className={styles['note']}>
              {words.chartText(metrics[aggregate], policy?.spec.window ?? '')}. {words.legend} {forecasts.length > 0 ? words.foreseen : ''}
            </p>
          </>
        )}
      </Loaded>
    </Section>
  );
}
