import type { ResourceAnswer } from '@opsloop/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import alarmStyles from '../alarm/alarm.module.css';
import { useLanguage, useWords } from '../language/language.js';
import { titleIn } from '../language/titled.js';
import { LevelMark } from '../level/level-mark.js';
import { HistoryChart } from '../metric/history-chart.js';
import { historyQuery, metricsQuery } from '../metric/metric-queries.js';
import { onlyTotals } from '../metric/pick-series.js';
import { RangePicker } from '../metric/range-picker.js';
import { Facts } from '../page/facts.js';
import { LinkButton } from '../page/link-button.js';
import { Loaded } from '../page/loaded.js';
import { PageFrame, Section } from '../page/page.js';
import { Ago } from '../time/ago.js';
import { parseRange, type Range } from '../time/range.js';
import { ResourceAlarms, ResourceWorkOrders } from './resource-lists.js';
import { resourceQuery } from './resource-queries.js';
import { resourceWords } from './resource-words.js';
import styles from './resource.module.css';

/** Drawn first where they are measured; a service has metrics of its own. */
const telling = ['cpu.utilisation', 'mem.used_percent', 'disk.used_percent', 'net.bytes_recv', 'health.up', 'health.response_time'];
const mostCharts = 4;

export function ResourcePage() {
  const { id } = useParams({ from: '/app/resources/$id' });
  const resource = useQuery(resourceQuery(id));
  return <Loaded query={resource} height={480}>{(found) => <ResourceContent resource={found} />}</Loaded>;
}

function ResourceContent({ resource }: { readonly resource: ResourceAnswer }) {
  const words = useWords(resourceWords);
  const navigate = useNavigate();
  const { range } = useSearch({ from: '/app/resources/$id' });
  const setRange = (next: string): void => void navigate({ to: '/resources/$id', params: { id: resource.resourceId }, search: next === '' ? {} : { range: next }, replace: true, resetScroll: false });
  const shown = [...telling.filter((name) => resource.metrics.includes(name)), ...resource.metrics.filter((name) => !telling.includes(name))].slice(0, mostCharts);
  return (
    <PageFrame
      title={resource.name}
      above={
        <Link to="/resources" className={alarmStyles['back']}>
          {words.all}
        </Link>
      }
      lead={
        <span className={styles['lead']}>
          <LevelMark level={resource.level} />
          <span>{[resource.kind, resource.provider, resource.region].filter((part) => part !== '').join(' · ')}</span>
          <span>
            {words.lastSeen} <Ago at={resource.lastSeen} />
          </span>
        </span>
      }
      beside={
        <span className={styles['tools']}>
          <LinkButton to="/metrics" search={{ metrics: shown.join(','), resources: resource.resourceId, ...(range === undefined ? {} : { range }) }} variant="default">
            {words.explore}
          </LinkButton>
          <RangePicker value={range} onChange={setRange} />
        </span>
      }
    >
      <div className={styles['charts']}>
        {shown.map((metric) => (
          <MetricPanel key={metric} metric={metric} resource={resource.resourceId} range={parseRange(range)} onZoom={(fromMs, toMs) => setRange(`${Math.round(fromMs)}-${Math.round(toMs)}`)} />
        ))}
      </div>
      <ResourceAlarms resource={resource} />
      <div className={alarmStyles['columns']}>
        <ResourceWorkOrders resource={resource} />
        <ResourceFacts resource={resource} />
      </div>
    </PageFrame>
  );
}

function MetricPanel({ metric, resource, range, onZoom }: { readonly metric: string; readonly resource: string; readonly range: Range; onZoom(fromMs: number, toMs: number): void }) {
  const { language } = useLanguage();
  const catalogue = useQuery(metricsQuery).data?.items;
  const title = titleIn(catalogue?.find((one) => one.name === metric)?.title, language, metric);
  const history = useQuery(historyQuery({ metric, range, aggregates: ['avg'], resources: [resource] }));
  return (
    <Section
      title={
        <Link to="/metrics" search={{ metrics: metric, resources: resource }} className={styles['quiet']}>
          {title}
        </Link>
      }
    >
      <Loaded query={history} height={200}>{(data) => <HistoryChart history={{ ...data, series: onlyTotals(data.series) }} title={title} height={160} most={6} syncKey="resource" onZoom={onZoom} />}</Loaded>
    </Section>
  );
}

function ResourceFacts({ resource }: { readonly resource: ResourceAnswer }) {
  const words = useWords(resourceWords);
  return (
    <Section title={words.facts}>
      <Facts
        facts={[
          ...Object.entries(resource.attributes).toSorted(([a], [b]) => (a < b ? -1 : 1)),
          [words.uid, resource.uid],
          [words.source, resource.sources.join(', ')],
          [words.firstSeen, <Ago key="f" at={resource.firstSeen} />],
          [words.id, <code key="i">{resource.resourceId}</code>],
          [
            words.metrics,
            <details key="m">
              <summary>{words.metricCount(resource.metrics.length)}</summary>
              <ul>
                {resource.metrics.map((metric) => (
                  <li key={metric}>
                    <Link to="/metrics" search={{ metrics: metric, resources: resource.resourceId }}>
                      {metric}
                    </Link>
                  </li>
                ))}
              </ul>
            </details>,
          ],
        ]}
      />
    </Section>
  );
}
