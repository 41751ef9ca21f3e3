import type { AlarmAnswer } from '@opsloop/contracts';
import { Link } from '@tanstack/react-router';
import { shortId } from '../api/records.js';
import { useLanguage, useWords } from '../language/language.js';
import { serverSentence } from '../language/server-sentence.js';
import { NoticeState } from '../notice/notice-state.js';
import { Empty } from '../page/empty.js';
import { Section } from '../page/page.js';
import { Ago } from '../time/ago.js';
import { StateMark } from '../work-order/state-mark.js';
import { shownState } from '../work-order/work-order-states.js';
import { alarmWords } from './alarm-words.js';
import styles from './alarm.module.css';

export function AlarmWorkOrders({ alarm }: { readonly alarm: AlarmAnswer }) {
  const { language } = useLanguage();
  const words = useWords(alarmWords);
  return (
    <Section title={words.workOrders}>
      {alarm.workOrderDetails.length === 0 ? (
        <Empty title={words.noOrders}>
          <p>{words.noOrdersText}</p>
          {alarm.state === 'open' ? <Link to="/playbooks">{words.requestOne}</Link> : null}
        </Empty>
      ) : (
        <ul className={styles['items']}>
          {alarm.workOrderDetails.map((order) => (
            <li key={order.id}>
              <Link to="/work-orders/$id" params={{ id: shortId(order.id) }} className={styles['item']}>
                <b>{order.title}</b>
                <StateMark state={shownState(order)} />
                {order.result === undefined ? null : <span className={styles['soft']}>{serverSentence(order.result, language)}</span>}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

export function AlarmNotices({ alarm }: { readonly alarm: AlarmAnswer }) {
  const words = useWords(alarmWords);
  return (
    <Section title={words.notices}>
      {alarm.notices.length === 0 ? (
        <Empty title={words.noNotices}>
          <p>{words.noNoticesText}</p>
        </Empty>
      ) : (
        <ul className={styles['items']}>
          {alarm.notices.map((notice) => (
            <li key={notice.id}>
              <Link to="/outbox" search={{ notice: shortId(notice.id) }} className={styles['item']}>
                <b>{notice.subject}</b>
                <NoticeState state={notice.state} />
                <span className={styles['soft']}>
                  {words.receiver} {notice.receiver}, <Ago at={notice.createdAt} />, {words.attempts(notice.attempts.length)}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
