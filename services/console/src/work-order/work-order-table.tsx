import { Link } from '@tanstack/react-router';
import { shortId, type WorkOrderRecord } from '../api/records.js';
import { useLanguage, useWords } from '../language/language.js';
import { serverSentence } from '../language/server-sentence.js';
import { DataTable, type Column } from '../table/data-table.js';
import row from '../table/row-link.module.css';
import { Ago } from '../time/ago.js';
import { StateMark } from './state-mark.js';
import { shownState } from './work-order-states.js';
import { workOrderWords } from './work-order-words.js';

export function WorkOrderTable({ orders }: { readonly orders: readonly WorkOrderRecord[] }) {
  const words = useWords(workOrderWords);
  const { language } = useLanguage();
  const columns: Column<WorkOrderRecord>[] = [
    { key: 'state', title: words.state, width: '150px', narrow: 'first', live: true, renderCell: (order) => <StateMark state={shownState(order)} /> },
    {
      key: 'name', title: words.name, narrow: 'headline',
      renderCell: (order) => (
        <>
          <Link to="/work-orders/$id" params={{ id: shortId(order.id) }} className={row['link']}>
            {order.title}
          </Link>
          <span className={row['sub']}>{order.targets.length <= 3 ? order.targets.map((target) => target.name).join(', ') : words.targetCount(order.targets.length)}</span>
        </>
      ),
    },
    { key: 'type', title: words.type, renderCell: (order) => words[order.type] },
    { key: 'result', title: words.result, narrow: 'line', renderCell: (order) => (order.result === undefined ? null : serverSentence(order.result, language)) },
    { key: 'requester', title: words.requester, renderCell: (order) => serverSentence(order.requester, language) },
    { key: 'assignee', title: words.assignee, renderCell: (order) => order.assignee },
    { key: 'created', title: words.created, width: '120px', narrow: 'corner', renderCell: (order) => <Ago at={order.createdAt} /> },
  ];
  return <DataTable label={words.title} columns={columns} rows={orders} keyOf={(order) => order.id} quiet={(order) => order.state === 'closed' || order.state === 'cancelled' || order.state === 'rejected'} />;
}
