import { Button, PasswordInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { ApiProblem, apiSend } from '../api/client.js';
import { useWords } from '../language/language.js';
import { ProblemNotice } from '../page/problem.js';
import { Mark } from '../shell/mark.js';
import { sessionWords } from './session-words.js';
import styles from './sign-in.module.css';

export function SignInPage() {
  const words = useWords(sessionWords);
  const { to, link } = useSearch({ from: '/sign-in' });
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [token, setToken] = useState('');
  useEffect(() => {
    document.title = `${words.signIn} · Opsloop`;
  }, [words.signIn]);
  const signIn = useMutation({
    mutationFn: () => apiSend('POST', 'session', { token: token.trim() }),
    async onSuccess() {
      queryClient.clear();
      // Only addresses of this page: nobody can be sent elsewhere by a link.
      await navigate({ href: to?.startsWith('/') && !to.startsWith('//') ? to : '/', replace: true });
    },
  });
  const refused = signIn.error instanceof ApiProblem && signIn.error.status === 401;
  return (
    <main className={styles['page']}>
      <form
        className={styles['card']}
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate();
        }}
      >
        <div className={styles['brand']}>
          <Mark size={32} />
          <h1>Opsloop</h1>
        </div>
        <p className={styles['lead']}>{words.lead}</p>
        {link === 'used' ? <p role="status">{words.linkUsed}</p> : null}
        <PasswordInput label={words.token} description={words.tokenText} size="md" autoComplete="current-password" autoFocus value={token} onChange={(event) => setToken(event.currentTarget.value)} error={refused ? words.unknown : undefined} />
        {signIn.error && !refused ? <ProblemNotice error={signIn.error} /> : null}
        <Button type="submit" size="md" fullWidth disabled={token.trim() === ''} loading={signIn.isPending}>
          {words.signIn}
        </Button>
        <div className={styles['help']}>
          <strong>{words.first}</strong>
          <p>{words.firstText}</p>
        </div>
      </form>
    </main>
  );
}
