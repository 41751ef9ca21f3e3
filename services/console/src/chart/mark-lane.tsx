import { Icon, type IconName } from '../shell/icon.js';
import type { ChartMark } from './chart-layers.js';
import { axisWidth, rightRoom } from './chart-options.js';
import styles from './chart.module.css';

const icons: Readonly<Record<ChartMark['kind'], IconName>> = {
  opened: 'flag', changed: 'flag', resolved: 'check', notice: 'outbox', 'work-order': 'orders', run: 'play', verified: 'shield', acknowledged: 'person',
};

/** The moments that dashed lines stand for, beneath a chart and aligned to its time axis. */
export function MarkLane({ marks, fromMs, toMs }: { readonly marks: readonly ChartMark[]; readonly fromMs: number; readonly toMs: number }) {
  const inside = marks.filter((mark) => mark.atMs >= fromMs && mark.atMs <= toMs);
  return (
    <ul className={styles['lane']} style={{ marginLeft: axisWidth, marginRight: rightRoom }}>
      {inside.map((mark) => (
        <li key={`${mark.kind}${mark.atMs}${mark.label}`} style={{ left: `${((mark.atMs - fromMs) / (toMs - fromMs)) * 100}%` }} title={mark.label}>
          <Icon name={icons[mark.kind]} size={12} />
          <span className={styles['spoken']}>{mark.label}</span>
        </li>
      ))}
    </ul>
  );
}
