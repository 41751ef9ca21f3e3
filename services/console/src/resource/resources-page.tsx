import { NativeSelect, TextInput } from '@mantine/core';
import type { ResourceAnswer } from '@opsloop/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useDeferredValue, useMemo } from 'react';
import { FilterBar } from '../filter/filter-bar.js';
import { useWords } from '../language/language.js';
import { LevelMark } from '../level/level-mark.js';
import { Empty } from '../page/empty.js';
import { Loaded } from '../page/loaded.js';
import { PageFrame, Section } from '../page/page.js';
import { Icon } from '../shell/icon.js';
import { CalmList } from '../table/calm-list.js';
import { DataTable, type Column } from '../table/data-table.js';
import row from '../table/row-link.module.css';
import { Ago } from '../time/ago.js';
import { findResources } from './find-resources.js';
import { resourcesQuery } from './resource-queries.js';
import { resourceWords } from './resource-words.js';

export function ResourcesPage() {
  const words = useWords(resourceWords);
  const { text = '', kind } = useSearch({ from: '/app/resources' });
  const navigate = useNavigate();
  const resources = useQuery(resourcesQuery);
  const set = (change: { readonly text?: string; readonly kind?: string }): void => {
    const next = { text, kind, ...change };
    void navigate({ to: '/resources', search: { ...(next.text ? { text: next.text } : {}), ...(next.kind ? { kind: next.kind } : {}) }, replace: true });
  };
  const kinds = useMemo(() => [...new Set(resources.data?.items.map((one) => one.kind))].toSorted(), [resources.data]);
  return (
    <PageFrame title={words.title}>
      <FilterBar>
        <TextInput aria-label={words.find} placeholder={words.find} leftSection={<Icon name="search" />} w={320} value={text} onChange={(event) => set({ text: event.currentTarget.value })} />
        <NativeSelect aria-label={words.kind} value={kind ?? ''} onChange={(event) => set({ kind: event.currentTarget.value })} data={[{ value: '', label: words.anyKind }, ...kinds]} />
      </FilterBar>
      <Section flush>
        <Loaded query={resources} height={400}>
          {({ items, complete }) => <ResourceList items={items} complete={complete} text={text} kind={kind} />}
        </Loaded>
      </Section>
    </PageFrame>
  );
}

function ResourceList({ items, complete, text, kind }: { readonly items: readonly ResourceAnswer[]; readonly complete: boolean; readonly text: string; readonly kind: string | undefined }) {
  const words = useWords(resourceWords);
  const wanted = useDeferredValue(text);
  const found = useMemo(() => findResources(items, wanted, kind), [items, wanted, kind]);
  if (found.length === 0) {
    return (
      <div style={{ padding: 'var(--space-4)' }}>
        <Empty title={items.length === 0 ? words.emptyTitle : words.noneFound}>
          <p>{items.length === 0 ? words.emptyText : words.noneFoundText}</p>
          <Link to="/settings" hash="agents">
            {words.connect}
          </Link>
        </Empty>
      </div>
    );
  }
  return (
    <>
      <CalmList items={found} about={`${wanted}\n${kind ?? ''}`}>
        {(shown) => <ResourceTable resources={shown} />}
      </CalmList>
      {complete ? null : <p style={{ padding: 'var(--space-3) var(--space-4)' }}>{words.incomplete(items.length)}</p>}
    </>
  );
}

function ResourceTable({ resources }: { readonly resources: readonly ResourceAnswer[] }) {
  const words = useWords(resourceWords);
  const columns: Column<ResourceAnswer>[] = [
    { key: 'state', title: words.state, width: '120px', narrow: 'first', live: true, renderCell: (one) => <LevelMark level={one.level} /> },
    {
      key: 'name', title: words.name, narrow: 'headline',
      renderCell: (one) => (
        <>
          <Link to="/resources/$id" params={{ id: one.resourceId }} className={row['link']}>
            {one.name}
          </Link>
          {one.openAlarms > 0 ? <span className={row['sub']}>{words.alarmCount(one.openAlarms)}</span> : null}
        </>
      ),
    },
    { key: 'kind', title: words.kind, renderCell: (one) => one.kind },
    { key: 'place', title: words.place, renderCell: (one) => [one.provider, one.region].filter((part) => part !== '').join(' · ') },
    { key: 'source', title: words.source, narrow: 'hide', renderCell: (one) => one.sources.join(', ') },
    { key: 'metrics', title: words.metrics, align: 'right', narrow: 'hide', renderCell: (one) => one.metrics.length },
    { key: 'seen', title: words.lastSeen, width: '130px', narrow: 'corner', renderCell: (one) => <Ago at={one.lastSeen} /> },
  ];
  return <DataTable label={words.title} columns={columns} rows={resources} keyOf={(one) => one.id} />;
}
