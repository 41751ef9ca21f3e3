import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { eventName } from '../alarm/event-words.js';
import { shortId, type AlarmRecord, type WorkOrderRecord } from '../api/records.js';
import { useLanguage, useWords } from '../language/language.js';
import { serverSentence } from '../language/server-sentence.js';
import { LevelShape } from '../level/level-mark.js';
import { Empty } from '../page/empty.js';
import { Section } from '../page/page.js';
import { Icon } from '../shell/icon.js';
import { CalmList } from '../table/calm-list.js';
import { Ago } from '../time/ago.js';
import { buildFeed, type FeedItem } from './feed.js';
import { overviewWords } from './overview-words.js';
import styles from './overview.module.css';

const most = 14;

export function FeedList({ alarms, orders }: { readonly alarms: readonly AlarmRecord[]; readonly orders: readonly WorkOrderRecord[] }) {
  const words = useWords(overviewWords);
  const items = useMemo(() => buildFeed(alarms, orders, most), [alarms, orders]);
  return (
    <Section title={words.feed}>
      {items.length === 0 ? (
        <Empty title={words.feedEmpty}>
          <p>{words.feedEmptyText}</p>
        </Empty>
      ) : (
        <CalmList items={items} about="">
          {(shown) => (
            <ol className={styles['feed']}>
              {shown.map((item) => (
                <li key={item.id}>
                  <FeedLine item={item} />
                </li>
              ))}
            </ol>
          )}
        </CalmList>
      )}
    </Section>
  );
}

function FeedLine({ item }: { readonly item: FeedItem }) {
  const { language } = useLanguage();
  const content = (
    <>
      <FeedSign item={item} />
      <span className={styles['feed-text']}>
        {item.about.name} <span>{eventName(item.what, language) ?? serverSentence(item.text, language)}</span>
      </span>
      <span className={styles['faint']}>
        <Ago at={item.at} />
      </span>
    </>
  );
  const id = shortId(item.about.id);
  return item.about.kind === 'alarm' ? (
    <Link to="/alarms/$id" params={{ id }} className={styles['feed-row']} title={serverSentence(item.text, language)}>
      {content}
    </Link>
  ) : (
    <Link to="/work-orders/$id" params={{ id }} className={styles['feed-row']} title={serverSentence(item.text, language)}>
      {content}
    </Link>
  );
}

function FeedSign({ item }: { readonly item: FeedItem }) {
  if (item.level !== null) return <LevelShape level={item.level} />;
  if (item.what.startsWith('notice.')) return <Icon name="outbox" />;
  if (item.what.endsWith('.verified')) return <Icon name="shield" />;
  if (item.what === 'alarm.resolved' || item.what === 'work-order.succeeded') return <Icon name="check" />;
  if (item.what === 'alarm.acknowledged') return <Icon name="person" />;
  return <Icon name={item.about.kind === 'alarm' && !item.what.startsWith('work-order.') ? 'alarms' : 'orders'} />;
}
