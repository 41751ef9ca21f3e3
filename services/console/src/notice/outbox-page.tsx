import { Button } from '@mantine/core';
import { useInfiniteQuery, type UseInfiniteQueryResult } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { fullId, shortId, type NoticeRecord } from '../api/records.js';
import { useWords } from '../language/language.js';
import { Empty } from '../page/empty.js';
import { useLastingProblem } from '../page/lasting-problem.js';
import { Waiting } from '../page/loaded.js';
import { PageFrame, Section } from '../page/page.js';
import { pageWords } from '../page/page-words.js';
import { ProblemNotice } from '../page/problem.js';
import { useMe } from '../session/me-query.js';
import { CalmList } from '../table/calm-list.js';
import { Ago } from '../time/ago.js';
import { NoticeDetail } from './notice-detail.js';
import { noticesQuery } from './notice-queries.js';
import { NoticeState } from './notice-state.js';
import { noticeWords } from './notice-words.js';
import styles from './notice.module.css';

export function OutboxPage() {
  const words = useWords(noticeWords);
  const me = useMe();
  const notices = useInfiniteQuery(noticesQuery);
  const problem = useLastingProblem(notices);
  const items = useMemo(() => notices.data?.pages.flatMap((one) => one.items), [notices.data]);
  return (
    <PageFrame title={words.title} lead={me.mail === 'outbox' ? words.leadOutbox : words.lead}>
      {items === undefined ? (
        problem ? <ProblemNotice error={problem} onRetry={() => void notices.refetch()} /> : <Waiting height={320} />
      ) : items.length === 0 ? (
        <NoNotices />
      ) : (
        <NoticeColumns items={items} query={notices} />
      )}
    </PageFrame>
  );
}

function NoticeColumns({ items, query }: { readonly items: readonly NoticeRecord[]; readonly query: Pick<UseInfiniteQueryResult, 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'> }) {
  const page = useWords(pageWords);
  const me = useMe();
  const { notice } = useSearch({ from: '/app/outbox' });
  // Where there is room, the newest is open already; it stays open when another arrives.
  const [newest] = useState(() => items[0]!.id);
  const opened = notice === undefined ? newest : fullId(me.tenant, notice);
  return (
    <div className={styles['columns']} data-reading={notice === undefined ? undefined : true}>
      <Section flush>
        <CalmList items={items} about="">
          {(shown) => <NoticeList notices={shown} opened={opened} />}
        </CalmList>
        {query.hasNextPage ? (
          <Button m="md" variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {page.more}
          </Button>
        ) : null}
      </Section>
      <NoticeDetail id={opened} />
    </div>
  );
}

function NoticeList({ notices, opened }: { readonly notices: readonly NoticeRecord[]; readonly opened: string }) {
  const words = useWords(noticeWords);
  return (
    <ul className={styles['list']} aria-label={words.list}>
      {notices.map((one) => (
        <li key={one.id}>
          <Link to="/outbox" search={{ notice: shortId(one.id) }} resetScroll={false} className={styles['row']} data-active={opened === one.id || undefined}>
            <span className={styles['subject']}>{one.subject}</span>
            <span className={styles['meta']}>
              <NoticeState state={one.state} />
              <span>{one.receiver}</span>
              <Ago at={one.createdAt} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function NoNotices() {
  const words = useWords(noticeWords);
  return (
    <Section>
      <Empty title={words.emptyTitle}>
        <p>{words.emptyText}</p>
        <Link to="/policies">{words.receivers}</Link>
      </Empty>
    </Section>
  );
}
