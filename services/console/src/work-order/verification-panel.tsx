import type { WorkOrderAnswer } from '@opsloop/contracts';
import { Link } from '@tanstack/react-router';
import { useLanguage, useWords } from '../language/language.js';
import { serverSentence } from '../language/server-sentence.js';
import { formatNumber } from '../metric/format-value.js';
import { Section } from '../page/page.js';
import { Icon } from '../shell/icon.js';
import { useMinute } from '../time/clock.js';
import { formatClock, formatLength, toMs } from '../time/format-time.js';
import { StateSign } from './state-mark.js';
import styles from './work-order.module.css';
import { workOrderWords } from './work-order-words.js';

type Judged = NonNullable<WorkOrderAnswer['verification']>['targets'][number];

/** Whether it helped, target by target, with the windows that say so. */
export function VerificationPanel({ order }: { readonly order: WorkOrderAnswer }) {
  const words = useWords(workOrderWords);
  const { language } = useLanguage();
  const { verification } = order;
  if (verification === undefined) return null;
  return (
    <Section title={words.verification} beside={<Link to="/policies/$name" params={{ name: verification.policy }}>{verification.policy}</Link>}>
      <p className={styles['soft']}>{words.verificationText(verification.policy, formatLength(verification.holdsMs, language))}</p>
      <ul className={styles['judged']}>
        {verification.targets.map((one) => (
          <li key={`${one.target}${one.policy}`}>
            <b>{order.targets.find((target) => target.id === one.target)?.name ?? one.target}</b>
            <Outcome outcome={one.outcome} />
            <Windows judged={one} />
            <span className={styles['soft']}>{serverSentence(one.reason, language)}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Outcome({ outcome }: { readonly outcome: Judged['outcome'] }) {
  const words = useWords(workOrderWords);
  const shown = { waiting: ['running', words.outcomeWaiting], verified: ['verified', words.outcomeVerified], 'not-verified': ['not-verified', words.outcomeNotVerified], 'no-fresh-data': ['unknown', words.outcomeNoData], 'self-healed': ['closed', words.outcomeSelfHealed] } as const;
  const [state, text] = shown[outcome];
  return (
    <span className={styles['outcome']}>
      <StateSign state={state} />
      {text}
    </span>
  );
}

function Windows({ judged }: { readonly judged: Judged }) {
  const words = useWords(workOrderWords);
  const { language } = useLanguage();
  const nowMs = useMinute();
  if (judged.evidence.length === 0) return null;
  return (
    <ol className={styles['windows']}>
      {judged.evidence.map((window) => {
        const label = `${formatClock(toMs(window.start), nowMs, language)} – ${formatClock(toMs(window.end), nowMs, language)}: ${formatNumber(window.value)}, ${window.ok ? words.windowOk : words.windowBad}`;
        return (
          <li key={window.start} data-ok={window.ok || undefined} title={label}>
            <Icon name={window.ok ? 'check' : 'cross'} size={12} />
            {formatNumber(window.value)}
          </li>
        );
      })}
    </ol>
  );
}
