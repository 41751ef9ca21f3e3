import type { PlanAnswer } from '@opsloop/contracts';
import { useWords } from '../language/language.js';
import { Icon } from '../shell/icon.js';
import { definitionWords } from './definition-words.js';
import styles from './definition.module.css';

type Item = PlanAnswer['items'][number];

/** What saving would do, told before it is done. */
export function PlanPanel({ plan, kind }: { readonly plan: PlanAnswer | undefined; readonly kind: 'Policy' | 'Schedule' }) {
  const words = useWords(definitionWords);
  if (!plan) return <p className={styles['soft']}>{words.checking}</p>;
  if (plan.errors.length > 0) {
    return (
      <p className={styles['verdict']} role="status">
        <Icon name="cross" /> <strong>{words.problems(plan.errors.length)}</strong>
      </p>
    );
  }
  return (
    <>
      <p className={styles['verdict']} role="status">
        <Icon name="check" /> {words.fine}
      </p>
      {plan.items.map((item) => (
        <PlanItem key={`${item.kind}/${item.name}`} item={item} />
      ))}
      {plan.items.length > 1 || plan.items[0]?.kind !== kind ? <p className={styles['soft']}>{words.onlyOne(words[kind])}</p> : null}
    </>
  );
}

function PlanItem({ item }: { readonly item: Item }) {
  const words = useWords(definitionWords);
  if (item.action === 'unchanged') return <p className={styles['soft']}>{words.unchanged}</p>;
  if (item.action === 'create') return <p>{words.wouldCreate(item.name)}</p>;
  return (
    <>
      <p>{words.wouldChange(item.name)}</p>
      <ul className={styles['changes']}>
        {item.changes.map((change) => (
          <li key={change.path}>
            <code>{change.path}</code>
            <span>
              <del>{show(change.before, words.noValue)}</del> <Icon name="arrow" size={12} /> <ins>{show(change.after, words.noValue)}</ins>
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function show(value: unknown, none: string): string {
  if (value === undefined || value === null) return none;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
