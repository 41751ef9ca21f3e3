import { Button } from '@mantine/core';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { useWords } from '../language/language.js';
import { PageFrame, Section } from '../page/page.js';
import { ProblemNotice } from '../page/problem.js';
import { shellWords } from './shell-words.js';

/** Shown in place of a page that failed; the bars stay. */
export function BrokenPage({ error }: ErrorComponentProps) {
  const words = useWords(shellWords);
  return (
    <PageFrame title={words.broken} lead={words.brokenText} beside={<Button onClick={() => location.reload()}>{words.reload}</Button>}>
      <Section>
        <ProblemNotice error={error instanceof Error ? error : new Error(String(error))} />
      </Section>
    </PageFrame>
  );
}
