import type { WorkOrderAnswer } from '@opsloop/contracts';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { shortId } from '../api/records.js';
import { useWords } from '../language/language.js';
import { Facts } from '../page/facts.js';
import { Section } from '../page/page.js';
import { Ago } from '../time/ago.js';
import { workOrderWords } from './work-order-words.js';

export function WorkOrderFacts({ order }: { readonly order: WorkOrderAnswer }) {
  const words = useWords(workOrderWords);
  const some = <T,>(name: string, value: T | undefined, show: (value: T) => ReactNode) => (value === undefined || value === '' ? [] : [[name, show(value)] as const]);
  return (
    <Section title={words.facts}>
      <Facts
        facts={[
          ...some(words.because, order.alarm, (id) => (
            <Link to="/alarms/$id" params={{ id: shortId(id) }}>
              {words.alarm}
            </Link>
          )),
          [words.type, words[order.type]],
          [words.origin, words[order.origin]],
          [words.requester, <span key="r">{order.requester}, <Ago at={order.createdAt} /></span>],
          [words.needsApproval, order.approval === 'required' ? words.approvalRequired : words.approvalNone],
          ...some(words.approver, order.approver, String),
          ...some(words.assignee, order.assignee, String),
          ...some(words.desired, order.desiredAt, (at) => <Ago at={at} />),
          ...some(words.ticket, order.ticket.id, String),
          ...some(words.sop, order.sop, (href) => (
            <a href={href} target="_blank" rel="noreferrer">
              {href}
            </a>
          )),
          ...some(words.content, order.content, String),
          [
            words.playbooks,
            <ol key="p">
              {order.jobs.map((job) => (
                <li key={job.order}>
                  <Link to="/playbooks/$name" params={{ name: job.playbook }}>
                    {job.playbook}
                  </Link>
                  , {words.version(job.playbookVersion)}
                  {Object.entries(job.inputs).map(([name, value]) => (
                    <div key={name}>
                      <code>
                        {name} = {String(value)}
                      </code>
                    </div>
                  ))}
                </li>
              ))}
            </ol>,
          ],
        ]}
      />
    </Section>
  );
}
