import { Group } from '@mantine/core';
import type { Page, ResourceAnswer } from '@opsloop/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import alarmStyles from '../alarm/alarm.module.css';
import { AlarmTable } from '../alarm/alarm-table.js';
import { apiGet } from '../api/client.js';
import { shortId, type AlarmRecord } from '../api/records.js';
import { useWords } from '../language/language.js';
import { Empty } from '../page/empty.js';
import { LinkButton } from '../page/link-button.js';
import { Loaded } from '../page/loaded.js';
import { Section } from '../page/page.js';
import { pageWords } from '../page/page-words.js';
import { Ago } from '../time/ago.js';
import { StateMark } from '../work-order/state-mark.js';
import { shownState } from '../work-order/work-order-states.js';
import { workOrdersOfQuery } from '../work-order/work-order-queries.js';
import { resourceWords } from './resource-words.js';

const mostShown = 8;

/** Its newest alarms, open or not. */
export function ResourceAlarms({ resource }: { readonly resource: ResourceAnswer }) {
  const words = useWords(resourceWords);
  const { all } = useWords(pageWords);
  const alarms = useQuery({
    queryKey: ['alarms', 'of', resource.resourceId],
    queryFn: ({ signal }) => apiGet<Page<AlarmRecord>>('alarms', { resource: resource.resourceId, limit: mostShown }, signal),
  });
  return (
    <Section
      title={words.alarms}
      flush
      beside={
        <Link to="/alarms" search={{ state: 'all', resource: resource.resourceId, period: 'ever' }}>
          {all}
        </Link>
      }
    >
      <Loaded query={alarms} height={120}>
        {({ items }) =>
          items.length === 0 ? (
            <div style={{ padding: 'var(--space-2) var(--space-4) var(--space-4)' }}>
              <Empty title={words.noAlarms}>
                <p>{words.noAlarmsText}</p>
              </Empty>
            </div>
          ) : (
            <AlarmTable alarms={items} withResource={false} />
          )
        }
      </Loaded>
    </Section>
  );
}

export function ResourceWorkOrders({ resource }: { readonly resource: ResourceAnswer }) {
  const words = useWords(resourceWords);
  const { all } = useWords(pageWords);
  const orders = useQuery(workOrdersOfQuery({ resource: resource.resourceId }));
  return (
    <Section
      title={words.workOrders}
      beside={
        <Group gap="md">
          <Link to="/work-orders" search={{ view: 'list', resource: resource.resourceId }}>
            {all}
          </Link>
          <LinkButton to="/playbooks" size="compact-sm" variant="default">
            {words.run}
          </LinkButton>
        </Group>
      }
    >
      <Loaded query={orders} height={120}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={words.noOrders}>
              <p>{words.noOrdersText}</p>
            </Empty>
          ) : (
            <ul className={alarmStyles['items']}>
              {items.slice(0, mostShown).map((order) => (
                <li key={order.id}>
                  <Link to="/work-orders/$id" params={{ id: shortId(order.id) }} className={alarmStyles['item']}>
                    <b>{order.title}</b>
                    <StateMark state={shownState(order)} />
                    <span className={alarmStyles['soft']}>
                      <Ago at={order.createdAt} />
                    </span>
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Section>
  );
}
