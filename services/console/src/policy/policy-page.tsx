import type { DefinitionAnswer } from '@opsloop/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { openAlarmsQuery } from '../alarm/alarm-queries.js';
import alarmStyles from '../alarm/alarm.module.css';
import { ForecastSection } from '../forecast/forecast-section.js';
import { useLanguage, useWords } from '../language/language.js';
import { atLeast } from '../page/at-least.js';
import { LeaveGuard } from '../page/leave-guard.js';
import { Loaded } from '../page/loaded.js';
import { PageFrame } from '../page/page.js';
import { ChangedMeanwhile } from '../definition/changed-meanwhile.js';
import { useDefinitionDraft } from '../definition/definition-draft.js';
import { DefinitionVersions } from '../definition/definition-versions.js';
import { definitionWords } from '../definition/definition-words.js';
import { DeleteDefinition } from '../definition/delete-definition.js';
import { definitionTitle } from '../definition/definition-title.js';
import { PolicyEditor } from './policy-editor.js';
import { definitionQuery } from '../definition/definition-queries.js';
import { policyWords } from './policy-words.js';

export function PolicyPage() {
  const { name } = useParams({ from: '/app/policies/$name' });
  const policy = useQuery(definitionQuery('policies', name));
  return <Loaded query={policy} height={480}>{(found) => <PolicyContent key={found.name} policy={found} />}</Loaded>;
}

function PolicyContent({ policy }: { readonly policy: DefinitionAnswer }) {
  const words = useWords(policyWords);
  const definition = useWords(definitionWords);
  const { language } = useLanguage();
  const draft = useDefinitionDraft(policy);
  const open = useQuery(openAlarmsQuery).data;
  const openCount = open?.items.filter((alarm) => alarm.policy === policy.name).length ?? 0;
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
          {policy.name}, {definition.versionNumber(policy.version)}
          {open && openCount > 0 ? (
            <>
              ,{' '}
              <Link to="/alarms" search={{ policy: policy.name }}>
                {words.openAlarms(atLeast(openCount, open.cut.length > 0))}
              </Link>
            </>
          ) : null}
        </>
      }
    >
      <PolicyEditor
        text={draft.text}
        saved={draft.saved}
        edited={{ name: policy.name, version: draft.version }}
        overtaken={draft.overtaken ? <ChangedMeanwhile definition={policy} draft={draft} /> : undefined}
        readOnly={policy.managedBy === 'file'}
        onChange={draft.edit}
        onSaved={draft.forget}
        beside={<DeleteDefinition path="policies" name={policy.name} text={words.removeText} onDeleted={draft.forget} />}
      />
      {policy.definition?.kind === 'Policy' && policy.definition.spec.kind === 'forecast' ? <ForecastSection policy={policy.name} /> : null}
      <DefinitionVersions definition={policy} onRestore={policy.managedBy === 'file' ? undefined : draft.edit} />
      <LeaveGuard unsaved={draft.unsaved} onLeave={draft.forget} />
    </PageFrame>
  );
}
