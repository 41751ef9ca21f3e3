import type { ReactNode } from 'react';
import styles from './page.module.css';

/** An empty place teaches: what belongs here, and the one thing that fills it. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className={styles['empty']}>
      <strong>{title}</strong>
      {children}
    </div>
  );
}
