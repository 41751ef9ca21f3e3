import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import alarmStyles from '../alarm/alarm.module.css';
import { useWords } from '../language/language.js';
import { PageFrame } from '../page/page.js';
import { PolicyEditor } from './policy-editor.js';
import { policyTemplate } from './policy-template.js';
import { policyWords } from './policy-words.js';

export function NewPolicyPage() {
  const words = useWords(policyWords);
  const seed = useSearch({ from: '/app/policies/new' });
  const navigate = useNavigate();
  const [text, setText] = useState(() => policyTemplate(seed));
  return (
    <PageFrame
      title={words.newPolicy}
      above={
        <Link to="/policies" className={alarmStyles['back']}>
          {words.all}
        </Link>
      }
    >
      <PolicyEditor text={text} saved="" onChange={setText} onSaved={(policy) => void navigate({ to: '/policies/$name', params: { name: policy.name } })} />
    </PageFrame>
  );
}
