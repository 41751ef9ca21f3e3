import { Button } from '@mantine/core';
import { ApiProblem } from '../api/client.js';
import { useWords } from '../language/language.js';
import { pageWords } from './page-words.js';
import styles from './page.module.css';

/** What went wrong, and what to do about it. */
export function ProblemNotice({ error, onRetry }: { readonly error: Error; readonly onRetry?: () => void }) {
  const words = useWords(pageWords);
  const problem = error instanceof ApiProblem ? error.problem : { status: -1, title: error.message };
  const advice =
    problem.status === 0 ? words.unreachable
    : problem.status === 403 ? words.forbidden
    : problem.status === 404 ? words.missing
    : problem.status >= 500 ? words.failed
    : undefined;
  const errors = 'errors' in problem ? (problem.errors ?? []) : [];
  return (
    <div role="alert" className={styles['problem']}>
      <strong>{problem.title}</strong>
      {'detail' in problem && problem.detail !== undefined ? <p>{problem.detail}</p> : null}
      {advice === undefined ? null : <p>{advice}</p>}
      {errors.length === 0 ? null : (
        <ul>
          {errors.map((one) => (
            <li key={`${one.at ?? ''}${one.message}`}>
              {one.at === undefined ? '' : `${one.at}: `}
              {one.message}
            </li>
          ))}
        </ul>
      )}
      {onRetry === undefined ? null : (
        <Button size="xs" variant="default" onClick={onRetry}>
          {words.retry}
        </Button>
      )}
    </div>
  );
}
