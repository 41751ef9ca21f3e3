import { Button, SegmentedControl, useMantineColorScheme } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { apiSend } from '../api/client.js';
import { useLanguage, useWords } from '../language/language.js';
import type { Language } from '../language/words.js';
import { PageFrame, Section } from '../page/page.js';
import { ProblemNotice } from '../page/problem.js';
import { hasScope, useMe } from '../session/me-query.js';
import { AgentSection } from './agent-section.js';
import { settingsWords } from './settings-words.js';
import styles from './settings.module.css';
import { TokenSection } from './token-section.js';

export function SettingsPage() {
  const words = useWords(settingsWords);
  const isAdmin = hasScope(useMe(), 'admin');
  return (
    <PageFrame title={words.title}>
      <div className={styles['columns']}>
        <div className={styles['column']}>
          <PageSection />
          <YouSection />
        </div>
        <div className={styles['column']}>
          {isAdmin ? <TokenSection /> : <Section title={words.tokens}>{words.onlyAdmin}</Section>}
          <AgentSection />
        </div>
      </div>
    </PageFrame>
  );
}

function PageSection() {
  const words = useWords(settingsWords);
  const { language, setLanguage } = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Section title={words.page}>
      <div className={styles['stack']}>
        <div>
          <p id="language-label">{words.language}</p>
          <SegmentedControl role="radiogroup" aria-labelledby="language-label" value={language} onChange={(value) => setLanguage(value as Language)} data={[{ value: 'en', label: 'English' }, { value: 'ko', label: '한국어' }]} />
        </div>
        <div>
          <p id="scheme-label">{words.scheme}</p>
          <SegmentedControl role="radiogroup" aria-labelledby="scheme-label" value={colorScheme} onChange={(value) => setColorScheme(value as 'auto')} data={(['light', 'dark', 'auto'] as const).map((value) => ({ value, label: words[value] }))} />
        </div>
        <p className={styles['soft']}>{words.pageText}</p>
      </div>
    </Section>
  );
}

function YouSection() {
  const words = useWords(settingsWords);
  const me = useMe();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const signOut = useMutation({
    mutationFn: () => apiSend('DELETE', 'session'),
    async onSuccess() {
      await navigate({ to: '/sign-in' });
      queryClient.clear();
    },
  });
  return (
    <Section title={words.you}>
      <div className={styles['stack']}>
        <p>{words.signedInAs(me.name, me.tenant)}</p>
        <div>
          <p className={styles['soft']}>{words.mayDo}</p>
          <ul>
            {me.scopes.map((scope) => (
              <li key={scope}>
                <b className={styles['name']}>{scope}</b>: {words[`scope_${scope}`]}
              </li>
            ))}
          </ul>
        </div>
        {signOut.error ? <ProblemNotice error={signOut.error} /> : null}
        <div>
          <Button variant="default" loading={signOut.isPending} onClick={() => signOut.mutate()}>
            {words.signOut}
          </Button>
        </div>
        <p className={styles['soft']}>
          {words.api} <a href="/openapi.json">{words.apiDoc}</a>
        </p>
      </div>
    </Section>
  );
}
