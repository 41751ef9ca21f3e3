import type { DefinitionAnswer } from '@opsloop/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { definitionsQuery } from '../definition/definition-queries.js';
import { definitionTitle } from '../definition/definition-title.js';
import { definitionWords } from '../definition/definition-words.js';
import { useLanguage, useWords } from '../language/language.js';
import { CodeBlock } from '../page/code-block.js';
import { Empty } from '../page/empty.js';
import { LinkButton } from '../page/link-button.js';
import { Loaded } from '../page/loaded.js';
import { PageFrame, Section } from '../page/page.js';
import { DataTable, type Column } from '../table/data-table.js';
import row from '../table/row-link.module.css';
import { Ago } from '../time/ago.js';
import { toMs } from '../time/format-time.js';
import { useComingTimes } from './coming-times.js';
import { CronText } from './cron-text.js';
import { LastOrder } from './last-order.js';
import { scheduleSpec } from './schedule-spec.js';
import { scheduleWords } from './schedule-words.js';
import styles from './schedule.module.css';
import { formatZoned } from './zoned-time.js';

export function SchedulesPage() {
  const words = useWords(scheduleWords);
  const schedules = useQuery(definitionsQuery('schedules'));
  return (
    <PageFrame title={words.title} lead={words.lead} beside={<LinkButton to="/schedules/new">{words.newSchedule}</LinkButton>}>
      <Loaded query={schedules} height={320}>
        {({ items }) => (
          <Section flush={items.length > 0}>
            {items.length === 0 ? (
              <Empty title={words.emptyTitle}>
                <p>{words.emptyText}</p>
                <CodeBlock label={words.emptyTitle} text="npx opsloop apply -f schedules/" />
              </Empty>
            ) : (
              <ScheduleTable schedules={items.toSorted((a, b) => (a.name < b.name ? -1 : 1))} />
            )}
          </Section>
        )}
      </Loaded>
    </PageFrame>
  );
}

function ScheduleTable({ schedules }: { readonly schedules: readonly DefinitionAnswer[] }) {
  const words = useWords(scheduleWords);
  const definition = useWords(definitionWords);
  const { language } = useLanguage();
  const columns: Column<DefinitionAnswer>[] = [
    {
      key: 'name', title: words.name, width: '250px', narrow: 'headline',
      renderCell: (schedule) => (
        <>
          <Link to="/schedules/$name" params={{ name: schedule.name }} className={row['link']}>
            {definitionTitle(schedule, language)}
          </Link>
          <span className={row['sub']}>{[schedule.name, schedule.managedBy === 'file' ? definition.byFile : words.byApi].join(' · ')}</span>
        </>
      ),
    },
    {
      key: 'when', title: words.when, narrow: 'line',
      renderCell: (schedule) => {
        const spec = scheduleSpec(schedule);
        return spec && <span className={styles['when']}><CronText cron={spec.cron} timeZone={spec.timeZone} /></span>;
      },
    },
    { key: 'next', title: words.next, narrow: 'line', renderCell: (schedule) => <NextTime schedule={schedule} /> },
    { key: 'last', title: words.last, narrow: 'line', renderCell: (schedule) => <LastOrder schedule={schedule.schedule} /> },
    {
      key: 'counts', title: words.counts, width: '130px', narrow: 'line',
      renderCell: ({ schedule }) =>
        schedule && (
          <>
            {words.opened(schedule.opened)}
            {schedule.missed === 0 ? null : <span className={row['sub']}>{words.missed(schedule.missed)}</span>}
          </>
        ),
    },
  ];
  return <DataTable label={words.title} columns={columns} rows={schedules} keyOf={(schedule) => schedule.name} />;
}

function NextTime({ schedule }: { readonly schedule: DefinitionAnswer }) {
  const words = useWords(scheduleWords);
  const { language } = useLanguage();
  const next = useComingTimes(schedule)[0];
  const spec = scheduleSpec(schedule);
  if (next === undefined || !spec) return <span className={row['sub']}>{words.never}</span>;
  return (
    <>
      <Ago at={next} />
      <span className={row['sub']}>{[formatZoned(toMs(next), spec.timeZone, language), spec.timeZone].filter((part) => part !== undefined).join(', ')}</span>
    </>
  );
}
