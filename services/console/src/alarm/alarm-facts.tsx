import type { AlarmAnswer } from '@opsloop/contracts';
import { Link } from '@tanstack/react-router';
import { shortId } from '../api/records.js';
import { useWords } from '../language/language.js';
import { metricWords } from '../metric/metric-words.js';
import { Facts } from '../page/facts.js';
import { Section } from '../page/page.js';
import { Ago } from '../time/ago.js';
import { usePolicyTitles } from './alarm-table.js';
import { alarmWords } from './alarm-words.js';

export function AlarmFacts({ alarm }: { readonly alarm: AlarmAnswer }) {
  const words = useWords(alarmWords);
  const metrics = useWords(metricWords);
  const titleOf = usePolicyTitles();
  const aggregate = alarm.aggregate.toLowerCase() as 'avg';
  return (
    <Section title={words.facts}>
      <Facts
        facts={[
          [words.resource, <Link key="r" to="/resources/$id" params={{ id: alarm.resourceId }}>{alarm.resourceName}</Link>],
          [words.policy, <span key="p"><Link to="/policies/$name" params={{ name: alarm.policy }}>{titleOf(alarm.policy)}</Link>, {words.version(alarm.policyVersion)}</span>],
          ['', `${alarm.metric} (${metrics[aggregate] ?? alarm.aggregate})`],
          ...(Object.keys(alarm.labels).length > 0 ? [[words.labels, Object.entries(alarm.labels).map(([key, value]) => `${key}=${value}`).join(', ')] as const] : []),
          [words.pendingSince, <Ago key="s" at={alarm.pendingSince} />],
          [words.occurrence, <code key="o">{shortId(alarm.id)}</code>],
        ]}
      />
    </Section>
  );
}
