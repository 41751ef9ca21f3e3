import type { AlarmAnswer } from '@opsloop/contracts';
import { Link } from '@tanstack/react-router';
import { shortId } from '../api/records.js';
import { useLanguage, useWords } from '../language/language.js';
import { titleIn } from '../language/titled.js';
import { Empty } from '../page/empty.js';
import { Section } from '../page/page.js';
import { formatLength, toMs } from '../time/format-time.js';
import { evidenceWords } from './evidence-words.js';
import styles from './alarm.module.css';

type Evidence = NonNullable<AlarmAnswer['evidence']>;

/** Log templates that changed around the alarm, resources that moved with it, and playbooks that fit. */
export function AlarmEvidence({ alarm }: { readonly alarm: AlarmAnswer }) {
  const words = useWords(evidenceWords);
  const { templates = [], moved = [], playbooks = [] } = alarm.evidence ?? {};
  const isEmpty = templates.length + moved.length + playbooks.length === 0;
  return (
    <Section title={words.title}>
      {isEmpty ? (
        <Empty title={words.none}>
          <p>{words.noneText}</p>
        </Empty>
      ) : null}
      {templates.length > 0 ? <Templates alarm={alarm} templates={templates} /> : null}
      {moved.length > 0 ? <Moved alarm={alarm} moved={moved} /> : null}
      {playbooks.length > 0 ? <Playbooks playbooks={playbooks} /> : null}
    </Section>
  );
}

function Templates({ alarm, templates }: { readonly alarm: AlarmAnswer; readonly templates: Evidence['templates'] }) {
  const words = useWords(evidenceWords);
  const distance = useDistance(alarm);
  return (
    <>
      <h3 className={styles['evidence-kind']}>{words.logs}</h3>
      <ul className={styles['evidence']}>
        {templates.map((one) => (
          <li key={`${one.resourceId} ${one.service} ${one.template}`}>
            <code title={one.example}>{one.template}</code>
            <span className={styles['soft']}>
              {one.kind === 'appeared' ? words.appeared : words.surged}
              {one.level === undefined ? '' : `, ${one.level}`}, {words.lines(one.lines, Math.round(one.expected))}, {distance(one.at)}
            </span>
            <span className={styles['soft']}>
              <Link to="/resources/$id" params={{ id: one.resourceId }}>{one.resourceName}</Link>
              {one.service === '' ? '' : `, ${one.service}`}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** The alarm itself stands among the others, where it belongs in time. */
function Moved({ alarm, moved }: { readonly alarm: AlarmAnswer; readonly moved: Evidence['moved'] }) {
  const words = useWords(evidenceWords);
  const distance = useDistance(alarm);
  const before = moved.filter((one) => toMs(one.onset) < toMs(alarm.pendingSince));
  const entry = (one: Evidence['moved'][number]) => (
    <li key={one.alarm}>
      <Link to="/alarms/$id" params={{ id: shortId(one.alarm) }}>{one.resourceName}</Link>
      <span className={styles['soft']}>
        {one.policy}, {distance(one.onset)}
        {one.near ? `, ${words.neighbour}` : ''}
      </span>
    </li>
  );
  return (
    <>
      <h3 className={styles['evidence-kind']}>{words.moved}</h3>
      <ol className={styles['evidence']}>
        {before.map(entry)}
        <li>
          <b>{alarm.resourceName}</b>
          <span className={styles['soft']}>{words.here}</span>
        </li>
        {moved.slice(before.length).map(entry)}
      </ol>
    </>
  );
}

function Playbooks({ playbooks }: { readonly playbooks: Evidence['playbooks'] }) {
  const words = useWords(evidenceWords);
  const { language } = useLanguage();
  return (
    <>
      <h3 className={styles['evidence-kind']}>{words.playbooks}</h3>
      <ul className={styles['evidence']}>
        {playbooks.map((one) => (
          <li key={one.name}>
            <Link to="/playbooks/$name" params={{ name: one.name }}>{titleIn(one.title, language, one.name)}</Link>
            <span className={styles['soft']}>{one.because === 'scenario' ? words.scenario(one.of) : words.software(one.of)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** How far a time lies from where the condition of the alarm began. */
function useDistance(alarm: AlarmAnswer): (at: string) => string {
  const words = useWords(evidenceWords);
  const { language } = useLanguage();
  return (at) => {
    const awayMs = toMs(at) - toMs(alarm.pendingSince);
    if (Math.abs(awayMs) < 1_000) return words.atOnce;
    const length = formatLength(Math.abs(awayMs), language);
    return awayMs < 0 ? words.before(length) : words.after(length);
  };
}
