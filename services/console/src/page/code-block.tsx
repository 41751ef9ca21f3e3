import { Button, CopyButton } from '@mantine/core';
import { useWords } from '../language/language.js';
import { pageWords } from './page-words.js';
import styles from './page.module.css';

/** Text to be taken elsewhere: a command, a configuration. */
export function CodeBlock({ text, label }: { readonly text: string; readonly label: string }) {
  const words = useWords(pageWords);
  return (
    <div className={styles['code']}>
      <pre aria-label={label} role="region">
        {text}
      </pre>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button size="compact-xs" variant="default" onClick={copy}>
            {copied ? words.copied : words.copy}
          </Button>
        )}
      </CopyButton>
    </div>
  );
}
