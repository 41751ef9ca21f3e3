import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import alarmStyles from '../alarm/alarm.module.css';
import type { WorkOrderRecord } from '../api/records.js';
import { useWords } from '../language/language.js';
import { Empty } from '../page/empty.js';
import { LinkButton } from '../page/link-button.js';
import { Waiting } from '../page/loaded.js';
import { PageFrame, Section } from '../page/page.js';
import { pageWords } from '../page/page-words.js';
import { ProblemNotice } from '../page/problem.js';
import { Icon } from '../shell/icon.js';
import { CalmList } from '../table/calm-list.js';
import { WorkOrderBoard } from './work-order-board.js';
import { workOrdersQuery } from './work-order-queries.js';
import { WorkOrderTable } from './work-order-table.js';
import { workOrderWords } from './work-order-words.js';

function matchesText(order: WorkOrderRecord, text: string): boolean {
  const haystack = [order.title, order.requester, order.assignee, order.approver, order.state, order.type, order.ticket.id, ...order.targets.map((target) => target.name), ...order.jobs.map((job) => job.playbook)].join(' ').toLowerCase();
  return text.toLowerCase().split(/\s+/).every((part) => haystack.includes(part));
}

export function WorkOrdersPage() {
  const words = useWords(workOrderWords);
  const page = useWords(pageWords);
  const { view, text = '' } = useSearch({ from: '/app/work-orders' });
  const navigate = useNavigate();
  const set = (next: { readonly view?: string; readonly text?: string }): void => {
    const wanted = { view, text, ...next };
    void navigate({ to: '/work-orders', search: { ...(wanted.view === 'list' ? { view: 'list' as const } : {}), ...(wanted.text ? { text: wanted.text } : {}) }, replace: true });
  };
  const orders = useInfiniteQuery(workOrdersQuery);
  const items = useMemo(() => orders.data?.pages.flatMap((one) => one.items), [orders.data]);
  const found = useMemo(() => items?.filter((order) => matchesText(order, text.trim())), [items, text]);
  return (
    <PageFrame title={words.title} lead={words.lead} beside={<LinkButton to="/playbooks">{words.newOrder}</LinkButton>}>
      <div className={alarmStyles['filters']}>
        <SegmentedControl role="radiogroup" aria-label={words.title} value={view ?? 'board'} onChange={(next) => set({ view: next })} data={[{ value: 'board', label: words.board }, { value: 'list', label: words.list }]} />
        <TextInput aria-label={words.find} placeholder={words.find} leftSection={<Icon name="search" />} w={340} value={text} onChange={(event) => set({ text: event.currentTarget.value })} />
      </div>
      {found === undefined ? orders.error ? <ProblemNotice error={orders.error} onRetry={() => void orders.refetch()} /> : <Waiting height={320} /> : found.length === 0 ? <NoOrders filtered={items!.length > 0} /> : view === 'list' ? <OrderList orders={found} about={text} /> : <WorkOrderBoard orders={found} />}
      {orders.hasNextPage ? (
        <Button variant="default" loading={orders.isFetchingNextPage} onClick={() => void orders.fetchNextPage()}>
          {page.more}
        </Button>
      ) : null}
    </PageFrame>
  );
}

function OrderList({ orders, about }: { readonly orders: readonly WorkOrderRecord[]; readonly about: string }) {
  return (
    <Section flush>
      <CalmList items={orders} about={about}>
        {(shown) => <WorkOrderTable orders={shown} />}
      </CalmList>
    </Section>
  );
}

function NoOrders({ filtered }: { readonly filtered: boolean }) {
  const words = useWords(workOrderWords);
  return (
    <Section>
      <Empty title={filtered ? words.noneFound : words.emptyTitle}>
        <p>{words.emptyText}</p>
        <Link to="/playbooks">{words.toPlaybooks}</Link>
      </Empty>
    </Section>
  );
}
