import type { AlarmAnswer } from '@opsloop/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { fullId } from '../api/records.js';
import { useWords } from '../language/language.js';
import { Loaded } from '../page/loaded.js';
import { PageFrame, Section } from '../page/page.js';
import { useMe } from '../session/me-query.js';
import { AlarmChart } from './alarm-chart.js';
import { AlarmEvidence } from './alarm-evidence.js';
import { AlarmFacts } from './alarm-facts.js';
import { AlarmHeader } from './alarm-header.js';
import { AlarmNotices, AlarmWorkOrders } from './alarm-effects.js';
import { alarmQuery } from './alarm-queries.js';
import { usePolicyTitles } from './alarm-table.js';
import { buildTimeline } from './alarm-timeline.js';
import { alarmWords } from './alarm-words.js';
import styles from './alarm.module.css';
import { LoopStrip } from './loop-strip.js';
import { TimelineList } from './timeline-list.js';

export function AlarmPage() {
  const { id } = useParams({ from: '/app/alarms/$id' });
  const me = useMe();
  const alarm = useQuery(alarmQuery(fullId(me.tenant, id)));
  return <Loaded query={alarm} height={480}>{(found) => <AlarmContent key={found.id} alarm={found} />}</Loaded>;
}

/** An alarm and its evidence: state, chart, every moment from the sample to the proof, who was told, what was done. */
function AlarmContent({ alarm }: { readonly alarm: AlarmAnswer }) {
  const words = useWords(alarmWords);
  const titleOf = usePolicyTitles();
  const nodes = useMemo(() => buildTimeline(alarm), [alarm]);
  return (
    <PageFrame
      title={`${alarm.resourceName}: ${titleOf(alarm.policy)}`}
      above={
        <Link to="/alarms" className={styles['back']}>
          {words.toList}
        </Link>
      }
    >
      <AlarmHeader alarm={alarm} />
      <Section title={words.loop}>
        <LoopStrip alarm={alarm} />
      </Section>
      <AlarmChart alarm={alarm} nodes={nodes} />
      <div className={styles['columns']}>
        <Section title={words.timeline}>
          <TimelineList nodes={nodes} />
        </Section>
        <div className={styles['side']}>
          <AlarmEvidence alarm={alarm} />
          <AlarmWorkOrders alarm={alarm} />
          <AlarmNotices alarm={alarm} />
          <AlarmFacts alarm={alarm} />
        </div>
      </div>
    </PageFrame>
  );
}
