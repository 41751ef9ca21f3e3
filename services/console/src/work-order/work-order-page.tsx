import { SegmentedControl } from '@mantine/core';
import type { WorkOrderAnswer } from '@opsloop/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import alarmStyles from '../alarm/alarm.module.css';
import { withoutEchoes, type TimelineNode } from '../alarm/alarm-timeline.js';
import { TimelineList } from '../alarm/timeline-list.js';
import { fullId, shortId } from '../api/records.js';
import { useLanguage, useWords } from '../language/language.js';
import { serverSentence } from '../language/server-sentence.js';
import { Loaded } from '../page/loaded.js';
import { PageFrame, Section } from '../page/page.js';
import { useMe } from '../session/me-query.js';
import { toMs } from '../time/format-time.js';
import { buildMatrix, chooseCell } from './matrix.js';
import { PlannedSteps } from './planned-steps.js';
import { RunMatrix } from './run-matrix.js';
import { StateMark } from './state-mark.js';
import { StepLog } from './step-log.js';
import { VerificationPanel } from './verification-panel.js';
import { WorkOrderActions } from './work-order-actions.js';
import { WorkOrderFacts } from './work-order-facts.js';
import { shownState } from './work-order-states.js';
import { workOrderQuery } from './work-order-queries.js';
import styles from './work-order.module.css';
import { workOrderWords } from './work-order-words.js';

export function WorkOrderPage() {
  const { id } = useParams({ from: '/app/work-orders/$id' });
  const me = useMe();
  const order = useQuery(workOrderQuery(fullId(me.tenant, id)));
  return <Loaded query={order} height={480}>{(found) => <WorkOrderContent order={found} />}</Loaded>;
}

function WorkOrderContent({ order }: { readonly order: WorkOrderAnswer }) {
  const words = useWords(workOrderWords);
  const { language } = useLanguage();
  const nodes = useMemo(() => orderTimeline(order), [order]);
  return (
    <PageFrame
      title={order.title}
      above={
        <Link to="/work-orders" className={alarmStyles['back']}>
          {words.all}
        </Link>
      }
      lead={
        <span className={styles['lead']}>
          <StateMark state={order.state} />
          {shownState(order) === order.state ? null : <StateMark state={shownState(order)} />}
          {order.result === undefined ? null : <span>{serverSentence(order.result, language)}</span>}
        </span>
      }
    >
      <WorkOrderActions order={order} />
      <Execution order={order} />
      <div className={alarmStyles['columns']}>
        <div className={alarmStyles['side']}>
          <VerificationPanel order={order} />
          <Section title={words.timeline}>
            <TimelineList nodes={nodes} />
          </Section>
        </div>
        <WorkOrderFacts order={order} />
      </div>
    </PageFrame>
  );
}

/** The runs: what happened on each target in each step, with what it printed beside it. */
function Execution({ order }: { readonly order: WorkOrderAnswer }) {
  const words = useWords(workOrderWords);
  const { language } = useLanguage();
  const search = useSearch({ from: '/app/work-orders/$id' });
  const navigate = useNavigate();
  const go = (next: { readonly run?: string; readonly cell?: string }): void => void navigate({ to: '/work-orders/$id', params: { id: shortId(order.id) }, search: next, replace: true, resetScroll: false });
  const runs = order.runDetails;
  const run = runs.find((one) => String(one.number) === search.run) ?? runs[0];
  const matrix = useMemo(() => (run ? buildMatrix(run) : undefined), [run]);
  if (!run || !matrix) return <PlannedSteps order={order} />;
  const cell = chooseCell(matrix, search.cell);
  function choose(text: string): void {
    go({ ...(search.run === undefined ? {} : { run: search.run }), cell: text });
    // Where the log stands below the matrix, the choice leads there.
    if (innerWidth <= 1100) document.getElementById('log')?.scrollIntoView({ behavior: 'smooth' });
  }
  return (
    <div className={styles['execution']}>
      <Section
        title={words.matrix}
        beside={
          runs.length > 1 ? (
            <SegmentedControl role="radiogroup" aria-label={words.runs} size="xs" value={String(run.number)} onChange={(number) => go({ run: number })} data={runs.map((one) => ({ value: String(one.number), label: words.run(one.number) }))} />
          ) : (
            <StateMark state={run.state} />
          )
        }
      >
        <RunMatrix run={run} matrix={matrix} chosen={cell} onChoose={choose} />
        {run.reason === undefined ? null : <p className={styles['soft']}>{serverSentence(run.reason, language)}</p>}
      </Section>
      <div id="log">{cell ? <StepLog order={order.id} run={run} cell={cell} /> : <Section title={words.log}>{words.choose}</Section>}</div>
    </div>
  );
}

function orderTimeline(order: WorkOrderAnswer): readonly TimelineNode[] {
  const sorted = withoutEchoes(order.timeline).toSorted((a, b) => toMs(a.at) - toMs(b.at));
  return sorted.map((entry, index) => ({ key: `${entry.what}#${index}`, atMs: toMs(entry.at), sincePreviousMs: index === 0 ? undefined : toMs(entry.at) - toMs(sorted[index - 1]!.at), what: entry.what, text: entry.text, by: entry.by, about: undefined }));
}
