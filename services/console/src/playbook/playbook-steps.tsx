import type { Playbook } from '@opsloop/contracts';
import { useWords } from '../language/language.js';
import { playbookWords } from './playbook-words.js';
import styles from './playbook.module.css';

type Step = Playbook['spec']['steps'][number];

/** What each step does, in order: the very arguments, never hidden. */
export function PlaybookSteps({ steps }: { readonly steps: readonly Step[] }) {
  const words = useWords(playbookWords);
  return (
    <ol className={styles['steps']}>
      {steps.map((step, index) => (
        <li key={step.id}>
          <span className={styles['number']} aria-hidden="true">
            {index + 1}
          </span>
          <div className={styles['step']}>
            <b>{step.title ?? step.id}</b>
            <code>{commandOf(step)}</code>
            <span className={styles['soft']}>
              {[
                `${words.timeout} ${step.timeout}`,
                ...(step.retry ? [words.retries(step.retry.attempts)] : []),
                ...(step.rollback ? [words.undo] : []),
                ...(step.idempotent ? [words.repeatable] : []),
                ...(step.failedWhen === 'false' ? [words.reports] : []),
              ].join(' · ')}
            </span>
          </div>
        </li>
      ))}
    </ol>
  );
}

function commandOf(step: Step): string {
  if (step.request) return `${step.uses}: ${step.request.method} ${step.request.path}`;
  return `${step.uses}: ${(step.run ?? []).join(' ')}`;
}
