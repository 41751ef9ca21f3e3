import type { Level } from '../api/records.js';
import { useWords } from '../language/language.js';
import styles from './level-mark.module.css';
import { levelWords } from './level-words.js';

/** Each level has a shape of its own, so that it is told apart without colour. */
const outlines: Readonly<Record<Level | 'normal', string>> = {
  down: 'M2 2h12v12H2z',
  critical: 'M5.2 1.2h5.600l4 4v5.600l-4 4H5.200l-4-4V5.200z',
  warn: 'M8 1.3 15.2 14.300H.8z',
  info: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1z',
  normal: 'M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3z',
};
const signs: Readonly<Record<Level | 'normal', string>> = {
  down: 'm5.3 5.3 5.4 5.400M10.7 5.300l-5.4 5.4',
  critical: 'M8 4.600v4.200M8 11.400h.01',
  warn: 'M8 6v3.600M8 11.900h.01',
  info: 'M8 7.600v3.800M8 4.700h.01',
  normal: '',
};

export function LevelShape({ level, size = 16, muted = false }: { readonly level: Level | null; readonly size?: number; readonly muted?: boolean }) {
  const shown = level ?? 'normal';
  return (
    <svg className={styles['shape']} data-level={shown} data-muted={muted || undefined} width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path d={outlines[shown]} className={styles['outline']} />
      <path d={signs[shown]} className={styles['sign']} />
    </svg>
  );
}

/** The shape and the word of a level. `ended`: what it was, told quietly. */
export function LevelMark({ level, ended = false }: { readonly level: Level | null; readonly ended?: boolean }) {
  const words = useWords(levelWords);
  return (
    <span className={styles['mark']} data-level={level ?? 'normal'} data-ended={ended || undefined}>
      <LevelShape level={level} muted={ended} />
      {words[level ?? 'normal']}
    </span>
  );
}
