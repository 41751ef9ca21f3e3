import type { AlarmAnswer } from '@opsloop/contracts';
import { useLanguage, useWords } from '../language/language.js';
import { Icon } from '../shell/icon.js';
import { formatExact, formatLength } from '../time/format-time.js';
import { loopStages } from './alarm-timeline.js';
import { alarmWords } from './alarm-words.js';
import styles from './loop-strip.module.css';

/** The loop at a glance: six stages, and how long each took. */
export function LoopStrip({ alarm }: { readonly alarm: AlarmAnswer }) {
  const words = useWords(alarmWords);
  const { language } = useLanguage();
  const stages = loopStages(alarm);
  const next = alarm.state === 'open' ? stages.findIndex((stage) => stage.atMs === undefined) : -1;
  const done = stages.filter((stage) => stage.atMs !== undefined);
  const totalMs = done.length > 1 ? done.at(-1)!.atMs! - done[0]!.atMs! : undefined;
  return (
    <>
      <ol className={styles['strip']}>
        {stages.map((stage, index) => (
          <li key={stage.name} data-state={stage.atMs === undefined ? (index === next ? 'next' : 'later') : 'done'}>
            <span className={styles['length']}>{stage.lengthMs === undefined ? '' : formatLength(stage.lengthMs, language)}</span>
            <span className={styles['dot']}>{stage.atMs === undefined ? null : <Icon name={stage.name === 'verified' ? 'shield' : 'check'} size={13} />}</span>
            <span className={styles['name']}>{words[stage.name]}</span>
            {stage.atMs === undefined ? (
              <span className={styles['time']}>{words.toCome}</span>
            ) : (
              <time className={styles['time']} dateTime={new Date(stage.atMs).toISOString()} title={formatExact(stage.atMs, language)}>
                {new Date(stage.atMs).toLocaleTimeString('en-GB')}
              </time>
            )}
          </li>
        ))}
      </ol>
      {totalMs === undefined ? null : <p className={styles['total']}>{words.total(formatLength(totalMs, language))}</p>}
    </>
  );
}
