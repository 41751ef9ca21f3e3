import type { NoticeRecord } from '../api/records.js';
import { useWords } from '../language/language.js';
import { Icon, type IconName } from '../shell/icon.js';
import styles from './notice.module.css';
import { noticeWords } from './notice-words.js';

const icons: Readonly<Record<NoticeRecord['state'], IconName>> = { queued: 'clock', sent: 'check', failed: 'cross', outbox: 'outbox' };

export function NoticeState({ state }: { readonly state: NoticeRecord['state'] }) {
  const words = useWords(noticeWords);
  return (
    <span className={styles['state']} data-state={state}>
      <Icon name={icons[state]} size={14} />
      {words[state]}
    </span>
  );
}
