import { useEffect, type ReactNode } from 'react';
import styles from './page.module.css';

interface PageProps {
  readonly title: string;
  /** What stands in the browser's tab; default: the title. */
  readonly tab?: string;
  readonly above?: ReactNode;
  readonly beside?: ReactNode;
  readonly lead?: ReactNode;
  readonly children: ReactNode;
}

/** The frame of every page: one heading, what one can do beside it, and the content. */
export function PageFrame({ title, tab, above, beside, lead, children }: PageProps) {
  useEffect(() => {
    document.title = `${tab ?? title} · Opsloop`;
  }, [tab, title]);
  return (
    <div className={styles['page']}>
      <header className={styles['header']}>
        <div className={styles['heading']}>
          {above}
          <h1 className={styles['title']}>{title}</h1>
          {lead === undefined ? null : <div className={styles['lead']}>{lead}</div>}
        </div>
        {beside === undefined ? null : <div className={styles['beside']}>{beside}</div>}
      </header>
      {children}
    </div>
  );
}

/** A titled box. */
export function Section({ title, beside, children, flush = false, id }: { readonly title?: ReactNode; readonly beside?: ReactNode; readonly children: ReactNode; readonly flush?: boolean; readonly id?: string }) {
  return (
    <section className={styles['section']} id={id}>
      {title === undefined ? null : (
        <div className={styles['section-head']}>
          <h2 className={styles['section-title']}>{title}</h2>
          {beside}
        </div>
      )}
      <div className={styles['section-body']} data-flush={flush || undefined}>
        {children}
      </div>
    </section>
  );
}
