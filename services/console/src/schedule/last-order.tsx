import type { ScheduleAnswer } from '@opsloop/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { shortId } from '../api/records.js';
import { useLanguage, useWords } from '../language/language.js';
import { serverSentence } from '../language/server-sentence.js';
import { Icon } from '../shell/icon.js';
import row from '../table/row-link.module.css';
import { Ago } from '../time/ago.js';
import { StateMark } from '../work-order/state-mark.js';
import { newestWorkOrdersQuery } from '../work-order/work-order-queries.js';
import { shownState } from '../work-order/work-order-states.js';
import styles from './schedule.module.css';
import { scheduleWords } from './schedule-words.js';

/** What the last time brought: the order with its state, or why there is none. */
export function LastOrder({ schedule }: { readonly schedule: ScheduleAnswer | undefined }) {
  const words = useWords(scheduleWords);
  const { language } = useLanguage();
  const orders = useQuery(newestWorkOrdersQuery).data?.items ?? [];
  const { lastAt, lastWorkOrder, lastProblem } = schedule ?? {};
  if (lastAt === undefined) return <span className={row['sub']}>{words.noneYet}</span>;
  if (lastProblem !== undefined || lastWorkOrder === undefined) {
    return (
      <span className={styles['failed']}>
        <Icon name="cross" />
        <span>
          {lastProblem === undefined ? null : `${words.failed(serverSentence(lastProblem, language))}, `}
          <Ago at={lastAt} />
        </span>
      </span>
    );
  }
  const order = orders.find((one) => one.id === lastWorkOrder);
  return (
    <Link to="/work-orders/$id" params={{ id: shortId(lastWorkOrder) }} className={`${styles['order']} ${row['above']}`}>
      {order === undefined ? null : <StateMark state={shownState(order)} />}
      <Ago at={lastAt} />
    </Link>
  );
}
