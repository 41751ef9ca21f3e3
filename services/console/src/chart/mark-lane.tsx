import { useElementSize } from '@mantine/hooks';
import { Icon, type IconName } from '../shell/icon.js';
import type { ChartMark } from './chart-layers.js';
import { axisWidth, rightRoom } from './chart-options.js';
import styles from './chart.module.css';
import { clusterMarks } from './cluster-marks.js';

const icons: Readonly<Record<ChartMark['kind'], IconName>> = {
  opened: 'flag', changed: 'flag', resolved: 'check', notice: 'outbox', 'work-order': 'orders', run: 'play', verified: 'shield', acknowledged: 'person',
};

/** Of one sign. */
const mostTold = 12;

/** The moments that dashed lines stand for, beneath a chart and aligned to its time axis. Those too close to each other share a sign. */
export function MarkLane({ marks, fromMs, toMs }: { readonly marks: readonly ChartMark[]; readonly fromMs: number; readonly toMs: number }) {
  const { ref, width } = useElementSize<HTMLUListElement>();
  return (
    <ul ref={ref} className={styles['lane']} style={{ marginLeft: axisWidth, marginRight: rightRoom }}>
      {clusterMarks(marks, fromMs, toMs, width).map(({ place, members }) => {
        const told = members.slice(0, mostTold).map((mark) => mark.label);
        const label = [...told, ...(members.length > mostTold ? [`+ ${members.length - mostTold}`] : [])].join('\n');
        return (
          <li key={`${members[0]!.kind}${members[0]!.atMs}`} style={{ left: `${place * 100}%` }} title={label}>
            {members.map((mark) => mark.kind).filter((kind, index, all) => all.indexOf(kind) === index).slice(0, 4).map((kind) => <Icon key={kind} name={icons[kind]} size={12} />)}
            <span className={styles['spoken']}>{label}</span>
          </li>
        );
      })}
    </ul>
  );
}
