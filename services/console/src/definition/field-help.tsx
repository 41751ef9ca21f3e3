import styles from './definition.module.css';

/** What the fields of a kind mean, folded away. */
export function FieldHelp({ title, fields }: { readonly title: string; readonly fields: readonly (readonly [name: string, meaning: string])[] }) {
  return (
    <details className={styles['help']}>
      <summary>{title}</summary>
      <dl>
        {fields.map(([name, meaning]) => (
          <div key={name}>
            <dt>
              <code>{name}</code>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
