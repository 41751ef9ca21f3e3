import { Modal, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState, type KeyboardEvent } from 'react';
import { useLanguage, useWords } from '../language/language.js';
import { metricsQuery } from '../metric/metric-queries.js';
import { definitionsQuery } from '../definition/definition-queries.js';
import { resourcesQuery } from '../resource/resource-queries.js';
import { Icon } from './icon.js';
import { findEntries, searchEntries, type SearchEntry } from './search-entries.js';
import { shellWords } from './shell-words.js';
import styles from './shell.module.css';

export function SearchDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const words = useWords(shellWords);
  return (
    <Modal.Root opened={opened} onClose={onClose} padding={0} size={560} yOffset="10vh" transitionProps={{ duration: 100 }}>
      <Modal.Overlay />
      <Modal.Content aria-label={words.search}>
        <SearchBox onClose={onClose} />
      </Modal.Content>
    </Modal.Root>
  );
}

function useEntries(): readonly SearchEntry[] {
  const { language } = useLanguage();
  const words = useWords(shellWords);
  const resources = useQuery(resourcesQuery);
  const metrics = useQuery(metricsQuery);
  const policies = useQuery(definitionsQuery('policies'));
  const playbooks = useQuery(definitionsQuery('playbooks'));
  const schedules = useQuery(definitionsQuery('schedules'));
  return useMemo(
    () => searchEntries({ language, pageNames: words, resources: resources.data?.items ?? [], metrics: metrics.data?.items ?? [], policies: policies.data?.items ?? [], playbooks: playbooks.data?.items ?? [], schedules: schedules.data?.items ?? [] }),
    [language, words, resources.data, metrics.data, policies.data, playbooks.data, schedules.data],
  );
}

const mostShown = 12;

function SearchBox({ onClose }: { readonly onClose: () => void }) {
  const words = useWords(shellWords);
  const navigate = useNavigate();
  const entries = useEntries();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const found = useMemo(() => findEntries(entries, text).slice(0, mostShown), [entries, text]);

  function open(entry: SearchEntry | undefined): void {
    if (!entry) return;
    onClose();
    void navigate({ href: entry.href });
  }
  function onKey(event: KeyboardEvent): void {
    if (event.key === 'Enter') open(found[chosen]);
    else if (event.key === 'ArrowDown') setChosen(Math.min(chosen + 1, found.length - 1));
    else if (event.key === 'ArrowUp') setChosen(Math.max(chosen - 1, 0));
    else return;
    event.preventDefault();
  }

  return (
    <div>
      <TextInput
        data-autofocus
        size="md"
        variant="unstyled"
        className={styles['search-input']}
        leftSection={<Icon name="search" />}
        placeholder={words.searchFor}
        aria-label={words.searchFor}
        role="combobox"
        aria-expanded="true"
        aria-controls="search-found"
        aria-activedescendant={found[chosen] ? `found-${chosen}` : ''}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={onKey}
      />
      <ul className={styles['found']} id="search-found" role="listbox" aria-label={words.search}>
        {found.map((entry, index) => (
          <li key={entry.href} id={`found-${index}`} role="option" aria-selected={index === chosen} onClick={() => open(entry)} onPointerMove={() => setChosen(index)}>
            <Icon name={entry.icon} />
            <span className={styles['found-name']}>{entry.name}</span>
            <span className={styles['found-kind']}>{entry.detail}</span>
          </li>
        ))}
      </ul>
      <p className={styles['search-hint']}>{found.length === 0 ? words.nothingFound(text) : words.searchHint}</p>
    </div>
  );
}
