import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { shortId, type AlarmRecord } from '../api/records.js';
import { useLanguage, useWords } from '../language/language.js';
import { LevelMark } from '../level/level-mark.js';
import { formatValue } from '../metric/format-value.js';
import { definitionTitle } from '../definition/definition-title.js';
import { definitionsQuery } from '../definition/definition-queries.js';
import { DataTable, type Column } from '../table/data-table.js';
import row from '../table/row-link.module.css';
import { Ago, Since } from '../time/ago.js';
import { acknowledgeWords } from './acknowledge-words.js';
import { AlarmCommandButton } from './alarm-command.js';
import { alarmWords } from './alarm-words.js';
import { decidingValue } from './deciding-value.js';
import { openedSince } from './opened-since.js';

/** What a policy is called, by its name. */
export function usePolicyTitles(): (name: string) => string {
  const { language } = useLanguage();
  const policies = useQuery(definitionsQuery('policies')).data?.items;
  return useMemo(() => {
    const titles = new Map(policies?.map((one) => [one.name, definitionTitle(one, language)]));
    return (name) => titles.get(name) ?? name;
  }, [policies, language]);
}

export function AlarmTable({ alarms, withResource = true }: { readonly alarms: readonly AlarmRecord[]; readonly withResource?: boolean }) {
  const words = useWords(alarmWords);
  const titleOf = usePolicyTitles();
  const columns: Column<AlarmRecord>[] = [
    { key: 'level', title: words.level, width: '110px', narrow: 'first', renderCell: (alarm) => <LevelMark level={alarm.level} ended={alarm.state === 'resolved'} /> },
    {
      key: 'resource', title: withResource ? words.resource : words.policy, narrow: 'headline',
      renderCell: (alarm) => (
        <>
          <Link to="/alarms/$id" params={{ id: shortId(alarm.id) }} className={row['link']}>
            {withResource ? alarm.resourceName : titleOf(alarm.policy)}
          </Link>
          <span className={row['sub']}>{[...(withResource ? [titleOf(alarm.policy)] : []), ...Object.values(alarm.labels)].join(' · ')}</span>
        </>
      ),
    },
    { key: 'value', title: words.value, narrow: 'line', renderCell: (alarm) => <AlarmValue alarm={alarm} /> },
    { key: 'since', title: words.since, width: '120px', narrow: 'corner', renderCell: (alarm) => <Ago at={openedSince(alarm)} /> },
    { key: 'lasted', title: words.lasted, width: '110px', narrow: 'hide', renderCell: (alarm) => (alarm.resolvedAt === undefined ? null : <Since at={alarm.openedAt} until={alarm.resolvedAt} />) },
    { key: 'state', title: words.state, live: true, renderCell: (alarm) => <AlarmState alarm={alarm} /> },
    { key: 'action', title: words.action, width: '120px', align: 'right', blank: true, live: true, renderCell: (alarm) => (alarm.state === 'open' && !alarm.acknowledged ? <span className={row['above']}><AlarmCommandButton alarm={alarm} command="acknowledge" /></span> : null) },
  ];
  return <DataTable label={words.title} columns={columns} rows={alarms} keyOf={(alarm) => alarm.id} quiet={(alarm) => alarm.state === 'resolved'} />;
}

function AlarmValue({ alarm }: { readonly alarm: AlarmRecord }) {
  const words = useWords(alarmWords);
  const { language } = useLanguage();
  const value = decidingValue(alarm);
  if (alarm.noData || value === null) return words.noData;
  return (
    <>
      {formatValue(value, alarm.unit, language).text} <span className={row['faint']}>{alarm.state === 'open' && alarm.recover !== undefined ? words.notRecovered(alarm.recover) : alarm.threshold}</span>
    </>
  );
}

function AlarmState({ alarm }: { readonly alarm: AlarmRecord }) {
  const words = useWords(alarmWords);
  const acknowledge = useWords(acknowledgeWords);
  if (alarm.state === 'resolved') return words.resolved;
  if (alarm.acknowledged) return <span title={alarm.acknowledged.reason}>{acknowledge.doneBy(alarm.acknowledged.by)}</span>;
  return alarm.flapping ? `${words.open}, ${words.flapping}` : words.open;
}
