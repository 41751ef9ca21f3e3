import { useWords } from '../language/language.js';
import { policyWords } from './policy-words.js';
import styles from './policy.module.css';

const fields = ['metric', 'aggregate', 'window', 'target', 'threshold', 'hold', 'keepOpen', 'repeat', 'noData', 'scenarios', 'receivers', 'tests'] as const;

export function FieldHelp() {
  const words = useWords(policyWords);
  return (
    <details className={styles['help']}>
      <summary>{words.fields}</summary>
      <dl>
        {fields.map((field) => (
          <div key={field}>
            <dt>
              <code>{field}</code>
            </dt>
            <dd>{words[`f_${field}`]}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
