import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import alarmStyles from '../alarm/alarm.module.css';
import { shortId, type NoticeRecord } from '../api/records.js';
import { useLanguage, useWords } from '../language/language.js';
import { serverSentence } from '../language/server-sentence.js';
import { Facts } from '../page/facts.js';
import { Loaded } from '../page/loaded.js';
import { Section } from '../page/page.js';
import { Ago } from '../time/ago.js';
import { useMinute } from '../time/clock.js';
import { formatClock, toMs } from '../time/format-time.js';
import { noticeQuery } from './notice-queries.js';
import { NoticeState } from './notice-state.js';
import { noticeWords } from './notice-words.js';
import styles from './notice.module.css';

/** A notice as its receivers read it, and each attempt to bring it to them. */
export function NoticeDetail({ id }: { readonly id: string }) {
  const notice = useQuery(noticeQuery(id));
  return <Loaded query={notice} height={320}>{(found) => <Reading notice={found} />}</Loaded>;
}

function Reading({ notice }: { readonly notice: NoticeRecord }) {
  const words = useWords(noticeWords);
  return (
    <Section title={notice.subject} beside={<NoticeState state={notice.state} />}>
      <div className={styles['reading']}>
        <Link to="/outbox" className={`${styles['back']} ${alarmStyles['back']}`}>
          {words.back}
        </Link>
        <pre className={styles['text']}>{notice.text}</pre>
        <Facts
          facts={[
            [words.to, `${notice.to.join(', ')} (${notice.receiver}, ${words.via} ${notice.channel})`],
            [words.about, words[notice.kind]],
            ...notice.alarmIds.map((alarm) => ['', <Link key={alarm} to="/alarms/$id" params={{ id: shortId(alarm) }}>{words.alarmLink(notice.alarmIds.length)}</Link>] as const),
            [words.attempts, <Attempts key="a" notice={notice} />],
          ]}
        />
      </div>
    </Section>
  );
}

function Attempts({ notice }: { readonly notice: NoticeRecord }) {
  const words = useWords(noticeWords);
  const nowMs = useMinute();
  const { language } = useLanguage();
  return (
    <ol className={styles['attempts']}>
      {notice.attempts.length === 0 ? <li>{words.noAttempt}</li> : null}
      {notice.attempts.map((attempt) => (
        <li key={attempt.at}>
          <time dateTime={attempt.at}>{formatClock(toMs(attempt.at), nowMs, language)}</time>
          <span>
            {isState(attempt.outcome) ? words[attempt.outcome] : attempt.outcome}
            {attempt.detail === '' ? '' : `: ${serverSentence(attempt.detail, language)}`}
          </span>
        </li>
      ))}
      {notice.state === 'queued' && notice.dueAt !== undefined ? (
        <li>
          {words.next} <Ago at={notice.dueAt} />
        </li>
      ) : null}
    </ol>
  );
}

function isState(outcome: string): outcome is NoticeRecord['state'] {
  return ['queued', 'sent', 'failed', 'outbox'].includes(outcome);
}
