import { Link } from '@tanstack/react-router';
import { useWords } from '../language/language.js';
import { PageFrame, Section } from '../page/page.js';
import { pageWords } from '../page/page-words.js';

export function MissingPage() {
  const words = useWords(pageWords);
  return (
    <main style={{ padding: 'var(--space-5)' }}>
      <PageFrame title={words.noPage}>
        <Section>
          <p>{words.missing}</p>
          <p>
            <Link to="/">{words.home}</Link>
          </p>
        </Section>
      </PageFrame>
    </main>
  );
}
