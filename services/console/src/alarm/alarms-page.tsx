import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useWords } from '../language/language.js';
import { Empty } from '../page/empty.js';
import { useLastingProblem } from '../page/lasting-problem.js';
import { Waiting } from '../page/loaded.js';
import { PageFrame, Section } from '../page/page.js';
import { pageWords } from '../page/page-words.js';
import { ProblemNotice } from '../page/problem.js';
import { CalmList } from '../table/calm-list.js';
import { AlarmFilterBar } from './alarm-filter-bar.js';
import type { AlarmFilters } from './alarm-filters.js';
import { alarmsQuery } from './alarm-queries.js';
import { AlarmTable } from './alarm-table.js';
import { alarmWords } from './alarm-words.js';

export function AlarmsPage() {
  const words = useWords(alarmWords);
  const page = useWords(pageWords);
  const filters = useSearch({ from: '/app/alarms' });
  const alarms = useInfiniteQuery(alarmsQuery(filters));
  const problem = useLastingProblem(alarms);
  const items = useMemo(() => {
    const all = alarms.data?.pages.flatMap((one) => one.items);
    // One whose level changes while page after page is read may be in two of them.
    return all && [...new Map(all.map((alarm) => [alarm.id, alarm])).values()];
  }, [alarms.data]);
  return (
    <PageFrame title={words.title}>
      <AlarmFilterBar filters={filters} />
      <Section flush>
        {items ? (
          <CalmList items={items} about={JSON.stringify(filters)}>
            {(shown) => (shown.length === 0 ? <NoAlarms filters={filters} /> : <AlarmTable alarms={shown} />)}
          </CalmList>
        ) : problem ? (
          <ProblemNotice error={problem} onRetry={() => void alarms.refetch()} />
        ) : (
          <Waiting height={320} />
        )}
      </Section>
      {alarms.hasNextPage ? (
        <Button variant="default" loading={alarms.isFetchingNextPage} onClick={() => void alarms.fetchNextPage()}>
          {page.more}
        </Button>
      ) : null}
    </PageFrame>
  );
}

function NoAlarms({ filters }: { readonly filters: AlarmFilters }) {
  const words = useWords(alarmWords);
  const usual = Object.keys(filters).length === 0;
  return (
    <div style={{ padding: 'var(--space-4)' }}>
      <Empty title={usual ? words.noneOpen : words.noneFound}>
        <p>{usual ? words.noneOpenText : words.noneFoundText}</p>
        {usual ? (
          <Link to="/policies">{words.toPolicies}</Link>
        ) : (
          <Link to="/alarms" search={{}}>
            {words.reset}
          </Link>
        )}
      </Empty>
    </div>
  );
}
