import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { openAlarmsQuery, recentAlarmsQuery } from '../alarm/alarm-queries.js';
import { useWords } from '../language/language.js';
import { Empty } from '../page/empty.js';
import { atLeast } from '../page/at-least.js';
import { useLastingProblem } from '../page/lasting-problem.js';
import { Loaded } from '../page/loaded.js';
import { PageFrame, Section } from '../page/page.js';
import { ProblemNotice } from '../page/problem.js';
import { resourcesQuery } from '../resource/resource-queries.js';
import { useMe } from '../session/me-query.js';
import { activeWorkOrdersQuery, recentWorkOrdersQuery } from '../work-order/work-order-queries.js';
import { waitsFor } from '../work-order/work-order-states.js';
import { FeedList } from './feed-list.js';
import { Honeycomb } from './honeycomb.js';
import { InProgress } from './in-progress.js';
import { LevelStrip } from './level-strip.js';
import { LiveCharts } from './live-charts.js';
import { overviewWords } from './overview-words.js';
import styles from './overview.module.css';
import { SimulateCard } from './simulate-card.js';
import { TopList } from './top-list.js';

/** A short honeycomb leaves room below it. */
const fewResources = 8;

/** How is it? What is broken, what is being done about it, what needs me; then everything else. */
export function OverviewPage() {
  const words = useWords(overviewWords);
  const open = useQuery(openAlarmsQuery);
  const problem = useLastingProblem(open);
  const active = useQuery(activeWorkOrdersQuery);
  const resources = useQuery(resourcesQuery);
  const recentAlarms = useQuery(recentAlarmsQuery);
  const recentOrders = useQuery(recentWorkOrdersQuery);
  const seen = resources.data?.items ?? [];
  const few = seen.length > 0 && seen.length <= fewResources;
  return (
    <PageFrame title={useSentence()} tab={words.title}>
      <LevelStrip open={open.data} />
      {problem ? <ProblemNotice error={problem} onRetry={() => void open.refetch()} /> : null}
      <div className={styles['now']}>
        <Loaded query={active} height={220}>{({ items }) => <InProgress orders={items} />}</Loaded>
        <SimulateCard />
        <div className={styles['right']}>
          <Loaded query={resources} height={220}>
            {({ items }) => (items.length === 0 ? <NoResources /> : <Honeycomb resources={items} />)}
          </Loaded>
          {few ? <TopList /> : null}
        </div>
      </div>
      <LiveCharts resources={seen} />
      <div className={styles['halves']} data-few={few || undefined}>
        {seen.length > fewResources ? <TopList /> : null}
        <Loaded query={recentAlarms} height={240}>
          {(alarms) => (
            <Loaded query={recentOrders} height={240}>
              {(orders) => <FeedList alarms={alarms.items} orders={orders.items} />}
            </Loaded>
          )}
        </Loaded>
      </div>
    </PageFrame>
  );
}

/** The state of everything in one or two sentences. */
function useSentence(): string {
  const words = useWords(overviewWords);
  const me = useMe();
  const open = useQuery(openAlarmsQuery).data;
  const active = useQuery(activeWorkOrdersQuery).data;
  const resources = useQuery(resourcesQuery).data?.items;
  if (!open || !active || !resources) return words.title;
  const more = !active.complete;
  const running = active.items.filter((order) => order.state === 'running' || order.state === 'ready').length;
  const waiting = active.items.filter((order) => waitsFor(me, order)).length;
  const parts = [...(open.items.length > 0 ? [words.open(atLeast(open.items.length, open.cut.length > 0))] : []), ...(running > 0 ? [words.running(atLeast(running, more))] : []), ...(waiting > 0 ? [words.waiting(atLeast(waiting, more))] : [])];
  if (parts.length > 0) return parts.join(' ');
  if (more) return words.title;
  return resources.length === 0 ? words.nothingYet : `${words.calm} ${words.calmText(resources.length)}`;
}

function NoResources() {
  const words = useWords(overviewWords);
  return (
    <Section title={words.resources}>
      <Empty title={words.noResources}>
        <p>{words.noResourcesText}</p>
        <Link to="/settings" hash="agents">
          {words.toSettings}
        </Link>
      </Empty>
    </Section>
  );
}
