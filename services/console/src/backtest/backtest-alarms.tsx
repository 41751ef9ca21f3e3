import type { BacktestItem, BacktestItemAlarm } from '@opsloop/contracts';
import { useLanguage, useWords } from '../language/language.js';
import { LevelMark } from '../level/level-mark.js';
import { formatValue } from '../metric/format-value.js';
import { DataTable, type Column } from '../table/data-table.js';
import { useMinute } from '../time/clock.js';
import { formatClock, formatExact, formatLength, toMs } from '../time/format-time.js';
import { backtestWords } from './backtest-words.js';
import styles from './backtest.module.css';

/** Every alarm that would have opened; folded away, for the chart shows them already. */
export function BacktestAlarms({ item }: { readonly item: BacktestItem }) {
  const words = useWords(backtestWords);
  const { language } = useLanguage();
  const nowMs = useMinute();
  if (item.alarms.length === 0) return null;
  const columns: Column<BacktestItemAlarm>[] = [
    { key: 'level', title: words.level, width: '110px', narrow: 'first', renderCell: (alarm) => <LevelMark level={alarm.level} /> },
    { key: 'on', title: words.on, narrow: 'headline', renderCell: (alarm) => [alarm.resourceName, ...Object.values(alarm.labels)].join(' · ') },
    { key: 'value', title: words.value, renderCell: (alarm) => formatValue(alarm.transitions[0]?.value, item.unit, language).text },
    { key: 'opened', title: words.opened, narrow: 'corner', renderCell: (alarm) => <time dateTime={alarm.openedAt} title={formatExact(toMs(alarm.openedAt), language)}>{formatClock(toMs(alarm.openedAt), nowMs, language)}</time> },
    { key: 'lasted', title: words.lasted, renderCell: (alarm) => (alarm.resolvedAt === undefined ? words.open : formatLength(toMs(alarm.resolvedAt) - toMs(alarm.openedAt), language)) },
  ];
  return (
    <details className={styles['alarms']}>
      <summary>{words.list(item.alarms.length)}</summary>
      <DataTable label={words.list(item.alarms.length)} columns={columns} rows={item.alarms} keyOf={(alarm) => alarm.occurrence} />
    </details>
  );
}
