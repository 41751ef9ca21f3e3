import type { DefinitionAnswer } from '@opsloop/contracts';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import alarmStyles from '../alarm/alarm.module.css';
import { useWords } from '../language/language.js';
import { useDraft } from '../page/draft.js';
import { LeaveGuard } from '../page/leave-guard.js';
import { PageFrame } from '../page/page.js';
import { PolicyEditor } from './policy-editor.js';
import { policyTemplate } from './policy-template.js';
import { policyWords } from './policy-words.js';

export function NewPolicyPage() {
  const words = useWords(policyWords);
  const seed = useSearch({ from: '/app/policies/new' });
  const navigate = useNavigate();
  const [template] = useState(() => policyTemplate(seed));
  const [written, setWritten] = useDraft<string>();
  async function onSaved({ name }: DefinitionAnswer): Promise<void> {
    setWritten(undefined);
    await navigate({ to: '/policies/$name', params: { name }, ignoreBlocker: true });
  }
  return (
    <PageFrame
      title={words.newPolicy}
      above={
        <Link to="/policies" className={alarmStyles['back']}>
          {words.all}
        </Link>
      }
    >
      <PolicyEditor text={written ?? template} saved="" onChange={setWritten} onSaved={(policy) => void onSaved(policy)} />
      <LeaveGuard unsaved={written !== undefined && written !== template} onLeave={() => setWritten(undefined)} />
    </PageFrame>
  );
}
