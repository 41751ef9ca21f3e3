import { TextInput } from '@mantine/core';
import type { DefinitionAnswer, Page, Playbook } from '@opsloop/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { WorkOrderRecord } from '../api/records.js';
import { useLanguage, useWords } from '../language/language.js';
import { CodeBlock } from '../page/code-block.js';
import { Empty } from '../page/empty.js';
import { Loaded } from '../page/loaded.js';
import { PageFrame, Section } from '../page/page.js';
import { definitionTitle } from '../definition/definition-title.js';
import { definitionsQuery } from '../definition/definition-queries.js';
import { Icon } from '../shell/icon.js';
import { StateMark } from '../work-order/state-mark.js';
import { shownState } from '../work-order/work-order-states.js';
import { newestWorkOrdersQuery } from '../work-order/work-order-queries.js';
import { playbookRecord } from './playbook-record.js';
import { playbookWords } from './playbook-words.js';
import styles from './playbook.module.css';

export function specOf(answer: DefinitionAnswer): Playbook['spec'] | undefined {
  return answer.definition?.kind === 'Playbook' ? (answer.definition as Playbook).spec : undefined;
}

/** The catalogue, by the class of what a playbook is for. */
export function PlaybooksPage() {
  const words = useWords(playbookWords);
  const { language } = useLanguage();
  const [text, setText] = useState('');
  const playbooks = useQuery(definitionsQuery('playbooks'));
  const newest = useQuery(newestWorkOrdersQuery).data;
  return (
    <PageFrame title={words.title} lead={words.lead} beside={<TextInput aria-label={words.find} placeholder={words.find} leftSection={<Icon name="search" />} value={text} onChange={(event) => setText(event.currentTarget.value)} />}>
      <Loaded query={playbooks} height={320}>
        {({ items }) => {
          if (items.length === 0) return <NoPlaybooks />;
          const wanted = text.trim().toLowerCase();
          const found = items.filter((one) => `${one.name} ${definitionTitle(one, language)} ${Object.values(specOf(one)?.for ?? {}).join(' ')}`.toLowerCase().includes(wanted));
          const classes = [...new Set(found.map((one) => specOf(one)?.for?.class ?? ''))].toSorted();
          if (found.length === 0) return <Section>{words.noneFound}</Section>;
          return classes.map((name) => (
            <section key={name} className={styles['class']}>
              <h2>{name === '' ? words.other : name}</h2>
              <ul className={styles['cards']}>
                {found.filter((one) => (specOf(one)?.for?.class ?? '') === name).map((one) => (
                  <li key={one.name}>
                    <PlaybookCard playbook={one} newest={newest} />
                  </li>
                ))}
              </ul>
            </section>
          ));
        }}
      </Loaded>
    </PageFrame>
  );
}

/** `newest`: the newest work orders, undefined until they are known. */
function PlaybookCard({ playbook, newest }: { readonly playbook: DefinitionAnswer; readonly newest: Page<WorkOrderRecord> | undefined }) {
  const words = useWords(playbookWords);
  const { language } = useLanguage();
  const spec = specOf(playbook);
  const record = playbookRecord(newest?.items ?? [], playbook.name);
  const last = record.orders[0];
  return (
    <Link to="/playbooks/$name" params={{ name: playbook.name }} className={styles['card']}>
      <b>{definitionTitle(playbook, language)}</b>
      <span className={styles['soft']}>{[spec?.for?.software ?? spec?.for?.category, words.stepCount(spec?.steps.length ?? 0), spec?.approval === 'required' ? words.needsApproval : undefined].filter((part) => part !== undefined).join(' · ')}</span>
      <code>{playbook.name}</code>
      <span className={styles['record']}>
        {last ? <StateMark state={shownState(last)} /> : null}
        {newest && !last ? <span className={styles['soft']}>{newest.nextCursor === undefined ? words.neverRan : words.notLately(newest.items.length)}</span> : null}
        {record.judged > 0 ? <span className={styles['soft']}>{words.proven(record.verified, record.judged)}</span> : null}
      </span>
    </Link>
  );
}

function NoPlaybooks() {
  const words = useWords(playbookWords);
  return (
    <Section>
      <Empty title={words.emptyTitle}>
        <p>{words.emptyText}</p>
        <CodeBlock label={words.emptyTitle} text="npx opsloop apply -f playbooks/" />
      </Empty>
    </Section>
  );
}
