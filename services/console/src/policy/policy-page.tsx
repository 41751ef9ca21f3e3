import type { DefinitionAnswer } from '@opsloop/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { openAlarmsQuery } from '../alarm/alarm-queries.js';
import alarmStyles from '../alarm/alarm.module.css';
import { ForecastSection } from '../forecast/forecast-section.js';
import { useLanguage, useWords } from '../language/language.js';
import { Loaded } from '../page/loaded.js';
import { PageFrame } from '../page/page.js';
import { definitionTitle } from './definition-title.js';
import { DeletePolicy } from './delete-policy.js';
import { PolicyEditor } from './policy-editor.js';
import { definitionQuery } from './policy-queries.js';
import { PolicyVersions } from './policy-versions.js';
import { policyWords } from './policy-words.js';
import { sourceText } from './source-text.js';

export function PolicyPage() {
  const { name } = useParams({ from: '/app/policies/$name' });
  const policy = useQuery(definitionQuery('policies', name));
  return <Loaded query={policy} height={480}>{(found) => <PolicyContent key={found.name} policy={found} />}</Loaded>;
}

function PolicyContent({ policy }: { readonly policy: DefinitionAnswer }) {
  const words = useWords(policyWords);
  const { language } = useLanguage();
  // What is being written stays when somebody else saves; unchanged text follows the version in force.
  const [edited, setEdited] = useState<string>();
  const saved = useMemo(() => sourceText(policy.source), [policy.source]);
  const text = edited ?? saved;
  const open = useQuery(openAlarmsQuery).data?.items.filter((alarm) => alarm.policy === policy.name).length ?? 0;
  return (
    <PageFrame
      title={definitionTitle(policy, language)}
      above={
        <Link to="/policies" className={alarmStyles['back']}>
          {words.all}
        </Link>
      }
      lead={
        <>
          {policy.name}, {words.versionNumber(policy.version)}
          {open > 0 ? (
            <>
              ,{' '}
              <Link to="/alarms" search={{ policy: policy.name }}>
                {words.openAlarms(open)}
              </Link>
            </>
          ) : null}
        </>
      }
    >
      <PolicyEditor text={text} saved={saved} readOnly={policy.managedBy === 'file'} onChange={(next) => setEdited(next === saved ? undefined : next)} onSaved={() => setEdited(undefined)} beside={<DeletePolicy name={policy.name} />} />
      {policy.definition?.kind === 'Policy' && policy.definition.spec.kind === 'forecast' ? <ForecastSection policy={policy.name} /> : null}
      <PolicyVersions policy={policy} onRestore={policy.managedBy === 'file' ? undefined : setEdited} />
    </PageFrame>
  );
}
