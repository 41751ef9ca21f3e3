import { Kbd, UnstyledButton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useWords } from '../language/language.js';
import { atLeast } from '../page/at-least.js';
import { Icon } from './icon.js';
import { Mark } from './mark.js';
import { pages, type PageEntry } from './pages.js';
import { shellWords } from './shell-words.js';
import type { ShellCounts } from './shell-counts.js';
import styles from './shell.module.css';

const groups = ['watch', 'act', 'messages'] as const;

export function SideBar({ counts, onSearch, live }: { readonly counts: ShellCounts; readonly onSearch: () => void; readonly live: ReactNode }) {
  const words = useWords(shellWords);
  return (
    <nav className={styles['side']} aria-label={words.pages}>
      <Link to="/" className={styles['brand']} aria-label={`Opsloop: ${words.overview}`}>
        <Mark />
        <span>Opsloop</span>
      </Link>
      <UnstyledButton className={styles['search']} onClick={onSearch}>
        <Icon name="search" />
        <span>{words.search}</span>
        <Kbd size="xs" aria-hidden="true">
          /
        </Kbd>
      </UnstyledButton>
      {groups.map((group) => (
        <ul key={group} className={styles['group']}>
          {pages.filter((page) => page.group === group).map((page) => <SideLink key={page.to} page={page} counts={counts} />)}
        </ul>
      ))}
      <div className={styles['foot']}>
        <ul>
          <SideLink page={pages.find((page) => page.group === 'settings')!} counts={counts} />
        </ul>
        {live}
      </div>
    </nav>
  );
}

function SideLink({ page, counts }: { readonly page: PageEntry; readonly counts: ShellCounts }) {
  const words = useWords(shellWords);
  return (
    <li>
      <Link to={page.to} className={styles['link']} activeProps={{ 'data-active': true }} activeOptions={{ exact: page.to === '/', includeSearch: false }}>
        <Icon name={page.icon} />
        <span className={styles['link-name']}>{words[page.name]}</span>
        <PageCount page={page} counts={counts} />
      </Link>
    </li>
  );
}

export function PageCount({ page, counts }: { readonly page: PageEntry; readonly counts: ShellCounts }) {
  const words = useWords(shellWords);
  if (page.name !== 'alarms' && page.name !== 'workOrders') return null;
  const count = counts[page.name];
  if (count === undefined) {
    return (
      <span className={styles['count']} data-unknown title={words.unknown}>
        –
      </span>
    );
  }
  if (count.count === 0 && !count.more) return null;
  const text = atLeast(count.count, count.more);
  return (
    <span className={styles['count']} title={page.name === 'alarms' ? words.openAlarms(text) : words.approvals(text)}>
      {count.count > 99 ? '99+' : text}
    </span>
  );
}
