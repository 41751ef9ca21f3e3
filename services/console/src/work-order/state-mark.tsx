import type { AttemptState, WorkOrderState } from '../api/records.js';
import { useWords } from '../language/language.js';
import { Icon, type IconName } from '../shell/icon.js';
import styles from './state-mark.module.css';
import { stateWords } from './state-words.js';
import { toneOf, type StateTone } from './work-order-states.js';

const icons: Readonly<Record<StateTone, IconName>> = { waiting: 'clock', busy: 'play', good: 'check', bad: 'cross', unsure: 'question', over: 'minus' };
const ownIcons: Partial<Readonly<Record<WorkOrderState | AttemptState, IconName>>> = { verified: 'shield', skipped: 'skip' };

export function StateSign({ state, size = 18 }: { readonly state: WorkOrderState | AttemptState; readonly size?: number }) {
  const tone = toneOf(state);
  return (
    <span className={styles['sign']} data-tone={tone} style={{ width: size, height: size }}>
      <Icon name={ownIcons[state] ?? icons[tone]} size={size * 0.62} />
    </span>
  );
}

/** The sign and the word of a state. */
export function StateMark({ state }: { readonly state: WorkOrderState | AttemptState }) {
  const words = useWords(stateWords);
  return (
    <span className={styles['mark']} data-tone={toneOf(state)}>
      <StateSign state={state} />
      {words[state]}
    </span>
  );
}
