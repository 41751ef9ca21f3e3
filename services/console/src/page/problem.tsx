import { Button } from '@mantine/core';
import { ApiProblem } from '../api/client.js';
import { useLanguage, useWords } from '../language/language.js';
import { pageWords } from './page-words.js';
import styles from './page.module.css';

/** Titles say what a status means; the server writes them in English. */
const koreanTitles: Readonly<Record<number, string>> = {
  0: '서버에 연결할 수 없습니다', 400: '요청을 처리할 수 없습니다', 401: '로그인이 필요합니다', 403: '권한이 없습니다', 404: '찾을 수 없습니다', 409: '그사이 바뀌었거나 다른 곳에서 관리합니다', 413: '너무 큽니다', 422: '요청을 처리할 수 없습니다', 429: '요청이 너무 많습니다', 500: '서버 오류', 503: '지금은 사용할 수 없습니다',
};

/** What went wrong, and what to do about it. */
export function ProblemNotice({ error, onRetry }: { readonly error: Error; readonly onRetry?: () => void }) {
  const words = useWords(pageWords);
  const { language } = useLanguage();
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
      <strong>{(language === 'ko' ? koreanTitles[problem.status] : undefined) ?? problem.title}</strong>
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
