import { UnstyledButton } from '@mantine/core';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useWords } from '../language/language.js';
import { pageWords } from '../page/page-words.js';
import styles from '../page/page.module.css';
import { GoneRows } from './gone-rows.js';
import { holdList, takeOver, type HeldList } from './hold-list.js';

interface CalmListProps<T extends { readonly id: string }> {
  readonly items: readonly T[];
  /** Another question: its answer is shown at once. */
  readonly about: string;
  children(shown: readonly T[]): ReactNode;
}

function idOf(item: { readonly id: string }): string {
  return item.id;
}

function isRead(list: Element): boolean {
  return list.matches(':hover, :focus-within') || list.getBoundingClientRect().top < 0;
}

/** Live lists that do not jump under who reads them: pointed at, focused in, or scrolled to. */
export function CalmList<T extends { readonly id: string }>({ items, about, children }: CalmListProps<T>) {
  const words = useWords(pageWords);
  const holder = useRef<HTMLDivElement>(null);
  const [list, setList] = useState<HeldList<T> & { readonly about: string }>({ about, ...takeOver(items) });
  useEffect(() => {
    const reading = isRead(holder.current!);
    setList((before) => ({ about, ...holdList(before.about === about ? before : undefined, items, idOf, reading) }));
  }, [items, about]);
  useEffect(() => {
    const element = holder.current!;
    let frame = 0;
    // In the next frame: while the focus goes from one row to another it is on neither.
    function onLeft(): void {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        if (!isRead(element)) setList((before) => (before.shown === items ? before : { about, ...takeOver(items) }));
      });
    }
    element.addEventListener('pointerleave', onLeft);
    element.addEventListener('focusout', onLeft);
    window.addEventListener('scroll', onLeft, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      element.removeEventListener('pointerleave', onLeft);
      element.removeEventListener('focusout', onLeft);
      window.removeEventListener('scroll', onLeft);
    };
  }, [items, about]);
  return (
    <div ref={holder}>
      {list.held + list.gone.size === 0 ? null : (
        <UnstyledButton className={styles['pill']} style={{ display: 'block' }} onClick={() => setList({ about, ...takeOver(items) })}>
          {list.gone.size === 0 ? words.newOnes(list.held) : words.changes(list.held, list.gone.size)}
        </UnstyledButton>
      )}
      <GoneRows value={list.gone}>{children(list.shown)}</GoneRows>
    </div>
  );
}
