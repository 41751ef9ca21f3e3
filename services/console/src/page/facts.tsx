import type { ReactNode } from 'react';
import styles from './facts.module.css';

/** Names and what they are. A fact without a name goes on with the one above it. */
export function Facts({ facts }: { readonly facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className={styles['facts']}>
      {group(facts).map(({ name, values }) => (
        <div key={name}>
          <dt>{name}</dt>
          {values.map((value, index) => (
            <dd key={index}>{value}</dd>
          ))}
        </div>
      ))}
    </dl>
  );
}

function group(facts: readonly (readonly [string, ReactNode])[]): readonly { readonly name: string; readonly values: readonly ReactNode[] }[] {
  const groups: { name: string; values: ReactNode[] }[] = [];
  for (const [name, value] of facts) {
    if (name === '' && groups.length > 0) groups.at(-1)!.values.push(value);
    else groups.push({ name, values: [value] });
  }
  return groups;
}
