import type { WorkOrderAnswer } from '@opsloop/contracts';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { shortId } from '../api/records.js';
import { useLanguage, useWords } from '../language/language.js';
import { serverSentence } from '../language/server-sentence.js';
import { Facts } from '../page/facts.js';
import { Section } from '../page/page.js';
import { Ago } from '../time/ago.js';
import { JobList } from './job-list.js';
import { workOrderWords } from './work-order-words.js';

type Fact = readonly [name: string, value: ReactNode];

function known(name: string, value: ReactNode): readonly Fact[] {
  return value === undefined || value === '' ? [] : [[name, value]];
}

export function WorkOrderFacts({ order }: { readonly order: WorkOrderAnswer }) {
  const words = useWords(workOrderWords);
  const { language } = useLanguage();
  return (
    <Section title={words.facts}>
      <Facts
        facts={[
          ...known(words.because, order.alarm && <Link to="/alarms/$id" params={{ id: shortId(order.alarm) }}>{words.alarm}</Link>),
          [words.type, words[order.type]],
          [words.origin, words[order.origin]],
          [words.requester, <span key="r"><Requester requester={order.requester} />, <Ago at={order.createdAt} /></span>],
          [words.needsApproval, order.approval === 'required' ? words.approvalRequired : words.approvalNone],
          ...known(words.approver, order.approver),
          ...known(words.assignee, order.assignee),
          ...known(words.told, order.receivers?.join(', ')),
          ...known(words.desired, order.desiredAt && <Ago at={order.desiredAt} />),
          ...known(words.ticket, order.ticket.id),
          ...known(words.sop, order.sop && <a href={order.sop} target="_blank" rel="noreferrer">{order.sop}</a>),
          ...known(words.content, order.origin === 'alarm' && order.content ? serverSentence(order.content, language) : order.content),
          [words.playbooks, <JobList key="p" jobs={order.jobs} />],
        ]}
      />
    </Section>
  );
}

/** A person by name; a schedule leads to its page. */
function Requester({ requester }: { readonly requester: string }) {
  const { language } = useLanguage();
  const schedule = /^schedule (\S+)$/.exec(requester)?.[1];
  const text = serverSentence(requester, language);
  return schedule === undefined ? text : (
    <Link to="/schedules/$name" params={{ name: schedule }}>
      {text}
    </Link>
  );
}
