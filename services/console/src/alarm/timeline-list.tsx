import { Link } from '@tanstack/react-router';
import { shortId } from '../api/records.js';
import { useLanguage, useWords } from '../language/language.js';
import { serverSentence } from '../language/server-sentence.js';
import { useMinute } from '../time/clock.js';
import { formatClock, formatExact, formatLength } from '../time/format-time.js';
import type { TimelineNode } from './alarm-timeline.js';
import { alarmWords } from './alarm-words.js';
import { eventName } from './event-words.js';
import styles from './timeline.module.css';

/** Every moment, oldest first, with the lengths between them. Shared by alarms and work orders. */
/** Their texts are what people wrote. */
const byPeople = new Set(['alarm.acknowledged', 'alarm.acknowledge', 'alarm.closed']);

export function TimelineList({ nodes }: { readonly nodes: readonly TimelineNode[] }) {
  const words = useWords(alarmWords);
  const { language } = useLanguage();
  const nowMs = useMinute();
  return (
    <ol className={styles['list']}>
      {nodes.map((node) => (
        <li key={node.key} data-kind={kindOf(node.what)}>
          {node.sincePreviousMs === undefined ? null : <span className={styles['between']}>{node.sincePreviousMs === 0 ? '' : words.afterward(formatLength(node.sincePreviousMs, language))}</span>}
          <span className={styles['dot']} aria-hidden="true" />
          <time className={styles['time']} dateTime={new Date(node.atMs).toISOString()} title={formatExact(node.atMs, language)}>
            {formatClock(node.atMs, nowMs, language)}
          </time>
          <span className={styles['what']}>
            <NodeName node={node} />
            {node.datedMs === undefined || formatClock(node.datedMs, nowMs, language) === formatClock(node.atMs, nowMs, language) ? null : <span className={styles['dated']}>{words.dated(formatClock(node.datedMs, nowMs, language))}</span>}
            {node.text === '' ? null : <span className={styles['text']}>{byPeople.has(node.what) ? node.text : serverSentence(node.text, language)}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}

function NodeName({ node }: { readonly node: TimelineNode }) {
  const { language } = useLanguage();
  const name = eventName(node.what, language) ?? node.what;
  if (node.about?.kind === 'work-order') {
    return (
      <Link to="/work-orders/$id" params={{ id: shortId(node.about.id) }}>
        {name}
      </Link>
    );
  }
  if (node.about?.kind === 'notice') {
    return (
      <Link to="/outbox" search={{ notice: shortId(node.about.id) }}>
        {name}
      </Link>
    );
  }
  return <b>{name}</b>;
}

function kindOf(what: string): string {
  if (what === 'alarm.opened' || what === 'alarm.no-data') return 'opened';
  if (what.endsWith('verified') && !what.endsWith('not-verified')) return 'proof';
  if (what === 'alarm.resolved') return 'proof';
  return 'plain';
}
