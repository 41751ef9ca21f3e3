import { UnstyledButton } from '@mantine/core';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useWords } from '../language/language.js';
import { pageWords } from '../page/page-words.js';
import styles from '../page/page.module.css';
import { holdList, type HeldList } from './hold-list.js';

interface CalmListProps<T extends { readonly id: string }> {
  readonly items: readonly T[];
  /** Another question: its answer is shown at once. */
  readonly about: string;
  children(shown: readonly T[]): ReactNode;
}

function idOf(item: { readonly id: string }): string {
  return item.id;
}

/** Live lists that do not jump under who reads them: pointed at, focused in, or scrolled to. */
export function CalmList<T extends { readonly id: string }>({ items, about, children }: CalmListProps<T>) {
  const words = useWords(pageWords);
  const holder = useRef<HTMLDivElement>(null);
  const [list, setList] = useState<HeldList<T> & { readonly about: string }>({ about, shown: items, held: 0 });
  useEffect(() => {
    const element = holder.current!;
    const reading = element.matches(':hover, :focus-within') || element.getBoundingClientRect().top < 0;
    setList((before) => ({ about, ...holdList(before.about === about ? before : undefined, items, idOf, reading) }));
  }, [items, about]);
  return (
    <div ref={holder}>
      {list.held === 0 ? null : (
        <UnstyledButton className={styles['pill']} style={{ display: 'block' }} onClick={() => setList({ about, shown: items, held: 0 })}>
          {words.newOnes(list.held)}
        </UnstyledButton>
      )}
      {children(list.shown)}
    </div>
  );
}
