import { Link } from '@tanstack/react-router';
import type { WorkOrderRecord } from '../api/records.js';
import { shortId } from '../api/records.js';
import { useWords } from '../language/language.js';
import { Empty } from '../page/empty.js';
import { Section } from '../page/page.js';
import { useMe } from '../session/me-query.js';
import { Ago } from '../time/ago.js';
import { StateMark } from '../work-order/state-mark.js';
import { toneOf, waitsFor } from '../work-order/work-order-states.js';
import { workOrderWords } from '../work-order/work-order-words.js';
import { overviewWords } from './overview-words.js';
import styles from './overview.module.css';

const mostShown = 6;

/** What is being done: what waits for the reader first, then what runs. */
export function InProgress({ orders }: { readonly orders: readonly WorkOrderRecord[] }) {
  const words = useWords(overviewWords);
  const orderWords = useWords(workOrderWords);
  const me = useMe();
  const shown = orders
    .filter((order) => order.state !== 'succeeded' || order.verification !== undefined)
    .map((order) => ({ order, mine: waitsFor(me, order) }))
    .toSorted((a, b) => Number(b.mine) - Number(a.mine))
    .slice(0, mostShown);
  return (
    <Section title={words.inProgress} beside={<Link to="/work-orders">{words.allOrders}</Link>}>
      {shown.length === 0 ? (
        <Empty title={words.nothingRuns}>
          <p>{words.nothingRunsText}</p>
        </Empty>
      ) : (
        <ul className={styles['orders']}>
          {shown.map(({ order, mine }) => (
            <li key={order.id}>
              <Link to="/work-orders/$id" params={{ id: shortId(order.id) }} className={styles['order']} data-mine={mine || undefined}>
                <span className={styles['order-title']}>{order.title}</span>
                <span className={styles['order-state']}>
                  <StateMark state={order.state} />
                  {mine ? <strong className={styles['mine']}>{words.forYou}</strong> : null}
                  {order.state === 'succeeded' ? <span className={styles['faint']}>{orderWords.checking}</span> : null}
                  <Progress order={order} />
                  <span className={styles['faint']}>
                    <Ago at={order.createdAt} />
                  </span>
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function Progress({ order }: { readonly order: WorkOrderRecord }) {
  const words = useWords(overviewWords);
  if (order.state !== 'running' || order.targets.length < 2) return null;
  const done = order.targetStates.filter(({ state }) => toneOf(state) !== 'busy' && toneOf(state) !== 'waiting').length;
  return <span className={styles['faint']}>{words.targetsDone(done, order.targets.length)}</span>;
}
