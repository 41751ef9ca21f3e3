import type { BacktestItem } from '@opsloop/contracts';
import { useWords } from '../language/language.js';
import { formatNumber } from '../metric/format-value.js';
import { backtestWords } from './backtest-words.js';
import styles from './backtest.module.css';

/** How often somebody would have been disturbed, and how often something would have been done. */
export function BacktestCounts({ item }: { readonly item: BacktestItem }) {
  const words = useWords(backtestWords);
  const before = item.comparison?.before;
  const held = item.orders.filter((order) => order.heldBack !== undefined).length;
  return (
    <dl className={styles['counts']}>
      <Count name={words.alarms} count={item.alarms.length} notes={[words.perWeek(formatNumber(item.alarmsPerWeek)), ...(before ? [words.inForce(formatNumber(before.alarmsPerWeek))] : [])]} />
      <Count name={words.pages} count={item.pages.length} notes={[words.perWeek(formatNumber(item.pagesPerWeek)), ...(before ? [words.inForce(formatNumber(before.pagesPerWeek))] : [])]} />
      <Count name={words.orders} count={item.orders.length - held} notes={[held > 0 ? words.heldBack(held) : words.noneHeldBack]} />
    </dl>
  );
}

function Count({ name, count, notes }: { readonly name: string; readonly count: number; readonly notes: readonly string[] }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <strong>{formatNumber(count)}</strong>
        {notes.map((note) => (
          <span key={note}>{note}</span>
        ))}
      </dd>
    </div>
  );
}
