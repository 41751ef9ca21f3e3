import { Link } from '@tanstack/react-router';
import { shortId, type WorkOrderRecord } from '../api/records.js';
import { useLanguage, useWords } from '../language/language.js';
import { serverSentence } from '../language/server-sentence.js';
import { useMe } from '../session/me-query.js';
import { Ago } from '../time/ago.js';
import { StateMark } from './state-mark.js';
import styles from './work-order.module.css';
import { boardColumns, columnOf, shownState, waitsFor } from './work-order-states.js';
import { workOrderWords } from './work-order-words.js';

const mostDone = 12;

/** Columns by what happens next. Of what is done, only the newest: the list has all. */
export function WorkOrderBoard({ orders }: { readonly orders: readonly WorkOrderRecord[] }) {
  const words = useWords(workOrderWords);
  return (
    <div className={styles['board']}>
      {boardColumns.map(({ name }) => {
        const members = orders.filter((order) => columnOf(order) === name);
        return (
          <section key={name} className={styles['column']} aria-label={words[name]} data-empty={members.length === 0 || undefined}>
            <h2>
              {words[name]} <span>{members.length}</span>
            </h2>
            {members.length === 0 ? <p className={styles['faint']}>{words.none}</p> : null}
            <ul>
              {members.slice(0, name === 'done' ? mostDone : members.length).map((order) => (
                <li key={order.id}>
                  <BoardCard order={order} />
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
}

function BoardCard({ order }: { readonly order: WorkOrderRecord }) {
  const words = useWords(workOrderWords);
  const { language } = useLanguage();
  const me = useMe();
  return (
    <Link to="/work-orders/$id" params={{ id: shortId(order.id) }} className={styles['card']}>
      <b>{order.title}</b>
      <StateMark state={shownState(order)} />
      {waitsFor(me, order) ? <span className={styles['mine']}>{words.forYou}</span> : null}
      <span className={styles['card-meta']}>
        {words[order.type]} · {order.targets.length === 1 ? order.targets[0]!.name : words.targetCount(order.targets.length)}
      </span>
      <span className={styles['card-meta']}>
        {order.assignee ?? serverSentence(order.requester, language)}, <Ago at={order.changedAt} />
      </span>
    </Link>
  );
}
