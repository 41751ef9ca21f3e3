import type { AlarmAnswer } from '@opsloop/contracts';
import { useLanguage, useWords } from '../language/language.js';
import { LevelMark } from '../level/level-mark.js';
import { levelWords } from '../level/level-words.js';
import { formatValue } from '../metric/format-value.js';
import { Icon } from '../shell/icon.js';
import { Ago, Since } from '../time/ago.js';
import { acknowledgeWords } from './acknowledge-words.js';
import { AlarmCommandButton } from './alarm-command.js';
import { alarmWords } from './alarm-words.js';
import styles from './alarm.module.css';
import { closeWords } from './close-words.js';
import { decidingValue } from './deciding-value.js';
import { openedSince } from './opened-since.js';

/** State first: how bad, since when, what was measured, and who looks after it. */
export function AlarmHeader({ alarm }: { readonly alarm: AlarmAnswer }) {
  const words = useWords(alarmWords);
  const acknowledge = useWords(acknowledgeWords);
  const close = useWords(closeWords);
  const levels = useWords(levelWords);
  const { language } = useLanguage();
  const open = alarm.state === 'open';
  const value = decidingValue(alarm);
  return (
    <section className={styles['header']} data-level={open ? alarm.level : undefined} aria-label={words.state}>
      <div className={styles['header-state']}>
        <LevelMark level={alarm.level} ended={!open} />
        {open ? null : <strong>{levels.resolved}</strong>}
        <span>
          {open ? words.openFor : words.lastedFor} <Since at={open ? openedSince(alarm) : alarm.openedAt} until={alarm.resolvedAt} />
        </span>
        <span className={styles['soft']}>
          {words.openedAt} <Ago at={openedSince(alarm)} />
        </span>
      </div>
      <div className={styles['header-value']}>
        <strong>{alarm.noData || value === null ? words.noData : formatValue(value, alarm.unit, language).text}</strong>
        <span className={styles['soft']}>
          {alarm.metric} {open && alarm.recover !== undefined ? `· ${words.notRecovered(alarm.recover)}` : alarm.threshold === undefined ? '' : `· ${words.threshold} ${alarm.threshold}`}
        </span>
      </div>
      {alarm.acknowledged ? (
        <p className={styles['acknowledged']}>
          <Icon name="person" />
          <span>
            {acknowledge.doneBy(alarm.acknowledged.by)}, <Ago at={alarm.acknowledged.at} />
            {alarm.acknowledged.reason === '' ? '' : `: ${alarm.acknowledged.reason}`}
          </span>
        </p>
      ) : null}
      {alarm.closed ? (
        <p className={styles['acknowledged']}>
          <Icon name="person" />
          <span>
            {close.doneBy(alarm.closed.by)}, <Ago at={alarm.closed.at} />
            {alarm.closed.reason === '' ? '' : `: ${alarm.closed.reason}`}
          </span>
        </p>
      ) : null}
      {open ? (
        <div className={styles['header-action']}>
          <AlarmCommandButton alarm={alarm} command="acknowledge" size="md" fullWidth />
          <AlarmCommandButton alarm={alarm} command="close" size="md" fullWidth />
        </div>
      ) : null}
    </section>
  );
}
