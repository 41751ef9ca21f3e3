import type { DefinitionAnswer, Policy } from '@opsloop/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { openAlarmsQuery, type OpenAlarms } from '../alarm/alarm-queries.js';
import { useLanguage, useWords } from '../language/language.js';
import { LevelShape } from '../level/level-mark.js';
import { levelWords } from '../level/level-words.js';
import { atLeast } from '../page/at-least.js';
import { CodeBlock } from '../page/code-block.js';
import { Empty } from '../page/empty.js';
import { LinkButton } from '../page/link-button.js';
import { Loaded } from '../page/loaded.js';
import { PageFrame, Section } from '../page/page.js';
import { DataTable, type Column } from '../table/data-table.js';
import row from '../table/row-link.module.css';
import { Ago } from '../time/ago.js';
import { definitionTitle } from '../definition/definition-title.js';
import { definitionWords } from '../definition/definition-words.js';
import { definitionsQuery } from '../definition/definition-queries.js';
import { policyWords } from './policy-words.js';
import styles from './policy.module.css';

export function PoliciesPage() {
  const words = useWords(policyWords);
  const policies = useQuery(definitionsQuery('policies'));
  return (
    <PageFrame title={words.title} lead={words.lead} beside={<LinkButton to="/policies/new">{words.newPolicy}</LinkButton>}>
      <Loaded query={policies} height={320}>
        {({ items }) => (
          <Section flush={items.length > 0}>
            {items.length === 0 ? (
              <Empty title={words.emptyTitle}>
                <p>{words.emptyText}</p>
                <CodeBlock label={words.emptyTitle} text="npx opsloop apply -f policies/" />
              </Empty>
            ) : (
              <PolicyTable policies={items.toSorted((a, b) => (a.name < b.name ? -1 : 1))} />
            )}
          </Section>
        )}
      </Loaded>
    </PageFrame>
  );
}

function specOf(answer: DefinitionAnswer): Policy['spec'] | undefined {
  return answer.definition?.kind === 'Policy' ? (answer.definition as Policy).spec : undefined;
}

function PolicyTable({ policies }: { readonly policies: readonly DefinitionAnswer[] }) {
  const words = useWords(policyWords);
  const definition = useWords(definitionWords);
  const { language } = useLanguage();
  const open = useQuery(openAlarmsQuery).data;
  const columns: Column<DefinitionAnswer>[] = [
    {
      key: 'name', title: words.name, narrow: 'headline',
      renderCell: (policy) => (
        <>
          <Link to="/policies/$name" params={{ name: policy.name }} className={row['link']}>
            {definitionTitle(policy, language)}
          </Link>
          <span className={row['sub']}>{[policy.name, ...(policy.managedBy === 'file' ? [definition.byFile] : [])].join(' · ')}</span>
        </>
      ),
    },
    {
      key: 'metric', title: words.metric, narrow: 'line',
      renderCell: (policy) => {
        const spec = specOf(policy);
        const match = Object.entries(spec?.target.match ?? {}).map(([key, value]) => `${key}=${[value].flat().join('|')}`);
        return (
          <>
            {spec?.metric ? `${spec.aggregate} ${spec.metric}` : spec?.kind}, {spec?.window}
            <span className={row['sub']}>{match.length === 0 ? words.everywhere : match.join(', ')}</span>
          </>
        );
      },
    },
    { key: 'thresholds', title: words.thresholds, narrow: 'line', renderCell: (policy) => <Thresholds spec={specOf(policy)} /> },
    { key: 'hold', title: words.hold, narrow: 'hide', renderCell: (policy) => specOf(policy)?.hold },
    { key: 'scenarios', title: words.scenarios, narrow: 'hide', renderCell: (policy) => specOf(policy)?.scenarios.join(', ') },
    { key: 'open', title: words.open, renderCell: (policy) => <OpenCount open={open} policy={policy.name} /> },
    { key: 'changed', title: words.changed, width: '120px', narrow: 'corner', renderCell: (policy) => <Ago at={policy.at} /> },
  ];
  return <DataTable label={words.title} columns={columns} rows={policies} keyOf={(policy) => policy.name} />;
}

/** Nothing where none is open; where that is not known, it says so. */
function OpenCount({ open, policy }: { readonly open: OpenAlarms | undefined; readonly policy: string }) {
  const words = useWords(policyWords);
  const count = open?.items.filter((alarm) => alarm.policy === policy).length;
  const more = open !== undefined && open.cut.length > 0;
  if (count === undefined || (count === 0 && more)) return '–';
  if (count === 0) return null;
  return (
    <Link to="/alarms" search={{ policy }} className={row['above']}>
      {words.openAlarms(atLeast(count, more))}
    </Link>
  );
}

function Thresholds({ spec }: { readonly spec: Policy['spec'] | undefined }) {
  const levels = useWords(levelWords);
  const threshold = spec?.threshold;
  return (
    <span className={styles['thresholds']}>
      {(['critical', 'warn', 'info'] as const).map((level) =>
        threshold?.[level] === undefined ? null : (
          <span key={level} title={levels[level]}>
            <LevelShape level={level} size={14} /> {threshold[level]}
          </span>
        ),
      )}
    </span>
  );
}
