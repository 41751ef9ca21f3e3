import { Kbd, Modal } from '@mantine/core';
import { useWords } from '../language/language.js';
import { pageWords } from '../page/page-words.js';
import { pages } from './pages.js';
import { shellWords } from './shell-words.js';
import styles from './shell.module.css';

export function HelpDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const words = useWords(shellWords);
  const { close } = useWords(pageWords);
  return (
    <Modal opened={opened} onClose={onClose} title={words.keys} closeButtonProps={{ 'aria-label': close }} size="md">
      <p className={styles['soft']}>{words.keysText}</p>
      <dl className={styles['keys']}>
        {pages.map((page) => (
          <div key={page.to}>
            <dt>{words[page.name]}</dt>
            <dd>
              <Kbd>g</Kbd> {words.thenKey} <Kbd>{page.key}</Kbd>
            </dd>
          </div>
        ))}
        <div>
          <dt>{words.openSearch}</dt>
          <dd>
            <Kbd>/</Kbd>
          </dd>
        </div>
        <div>
          <dt>{words.openHelp}</dt>
          <dd>
            <Kbd>?</Kbd>
          </dd>
        </div>
        <div>
          <dt>{words.chartKeys}</dt>
          <dd>
            <Kbd>←</Kbd> <Kbd>→</Kbd>
          </dd>
        </div>
        <div>
          <dt>{words.closeAny}</dt>
          <dd>
            <Kbd>Esc</Kbd>
          </dd>
        </div>
      </dl>
    </Modal>
  );
}
