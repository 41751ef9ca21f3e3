import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { WorkOrderRecord } from '../api/records.js';
import { useWords } from '../language/language.js';
import { Empty } from '../page/empty.js';
import { LinkButton } from '../page/link-button.js';
import { useLastingProblem } from '../page/lasting-problem.js';
import { Waiting } from '../page/loaded.js';
import { PageFrame, Section } from '../page/page.js';
import { pageWords } from '../page/page-words.js';
import { ProblemNotice } from '../page/problem.js';
import { CalmList } from '../table/calm-list.js';
import { readBoardSearch } from './board-search.js';
import { WorkOrderBoard } from './work-order-board.js';
import { WorkOrderFilterBar } from './work-order-filter-bar.js';
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
  const search = useSearch({ from: '/app/work-orders' });
  const { view, text = '', playbook, resource } = search;
  const navigate = useNavigate();
  const set = (change: Readonly<Record<string, string>>): void => void navigate({ to: '/work-orders', search: readBoardSearch({ ...search, ...change }), replace: true });
  const orders = useInfiniteQuery(workOrdersQuery({ ...(playbook !== undefined && { playbook }), ...(resource !== undefined && { resource }) }));
  const problem = useLastingProblem(orders);
  const items = useMemo(() => orders.data?.pages.flatMap((one) => one.items), [orders.data]);
  const found = useMemo(() => items?.filter((order) => matchesText(order, text.trim())), [items, text]);
  return (
    <PageFrame title={words.title} lead={words.lead} beside={<LinkButton to="/playbooks">{words.newOrder}</LinkButton>}>
      <WorkOrderFilterBar search={search} onChange={set} />
      {found === undefined ? problem ? <ProblemNotice error={problem} onRetry={() => void orders.refetch()} /> : <Waiting height={320} /> : found.length === 0 ? <NoOrders filtered={items!.length > 0 || playbook !== undefined || resource !== undefined} /> : view === 'list' ? <OrderList orders={found} about={JSON.stringify(search)} /> : <WorkOrderBoard orders={found} />}
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
