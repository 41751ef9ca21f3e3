import type { ReactNode } from 'react';
import styles from './filter-bar.module.css';

/** Filters above a list: they live in the address alone, so a list that is sent on shows the same. */
export function FilterBar({ children }: { readonly children: ReactNode }) {
  return <div className={styles['bar']}>{children}</div>;
}
