import { Drawer, UnstyledButton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useWords } from '../language/language.js';
import { pageWords } from '../page/page-words.js';
import { Icon } from './icon.js';
import { pages } from './pages.js';
import { shellWords } from './shell-words.js';
import type { ShellCounts } from './shell-counts.js';
import styles from './shell.module.css';
import { PageCount } from './side-bar.js';

const nearest = ['/', '/alarms', '/work-orders', '/metrics'];

/** On phones: the pages of an on-call engineer under the thumb, the others one touch away. */
export function BottomBar({ counts, onSearch, live }: { readonly counts: ShellCounts; readonly onSearch: () => void; readonly live: ReactNode }) {
  const words = useWords(shellWords);
  const { close } = useWords(pageWords);
  const [opened, setOpened] = useState(false);
  const shut = () => setOpened(false);
  return (
    <nav className={styles['bottom']} aria-label={words.pages}>
      {nearest.map((to) => {
        const page = pages.find((one) => one.to === to)!;
        return (
          <Link key={to} to={page.to} className={styles['tab']} activeProps={{ 'data-active': true }} activeOptions={{ exact: to === '/', includeSearch: false }}>
            <Icon name={page.icon} size={20} />
            <span>{words[page.name]}</span>
            <PageCount page={page} counts={counts} />
          </Link>
        );
      })}
      <UnstyledButton className={styles['tab']} onClick={() => setOpened(true)} aria-haspopup="dialog">
        <Icon name="more" size={20} />
        <span>{words.more}</span>
      </UnstyledButton>
      <Drawer opened={opened} onClose={shut} position="bottom" size={320} title={words.pages} closeButtonProps={{ 'aria-label': close }}>
        <ul className={styles['sheet']}>
          <li>
            <UnstyledButton
              className={styles['link']}
              onClick={() => {
                shut();
                onSearch();
              }}
            >
              <Icon name="search" />
              {words.search}
            </UnstyledButton>
          </li>
          {pages.filter((page) => !nearest.includes(page.to)).map((page) => (
            <li key={page.to}>
              <Link to={page.to} className={styles['link']} onClick={shut} activeProps={{ 'data-active': true }}>
                <Icon name={page.icon} />
                {words[page.name]}
              </Link>
            </li>
          ))}
        </ul>
        {live}
      </Drawer>
    </nav>
  );
}
