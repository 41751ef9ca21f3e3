import type { DefinitionAnswer } from '@opsloop/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import alarmStyles from '../alarm/alarm.module.css';
import { useDefinitionCheck } from '../definition/definition-check.js';
import { definitionsQuery } from '../definition/definition-queries.js';
import { useWords } from '../language/language.js';
import { useDraft } from '../page/draft.js';
import { LeaveGuard } from '../page/leave-guard.js';
import { Loaded } from '../page/loaded.js';
import { PageFrame } from '../page/page.js';
import { draftOrder } from './draft-order.js';
import { ScheduleEditor } from './schedule-editor.js';
import { ScheduledOrder } from './schedule-facts.js';
import { scheduleTemplate } from './schedule-template.js';
import { scheduleWords } from './schedule-words.js';
import styles from './schedule.module.css';
import { readerZone } from './zoned-time.js';

export function NewSchedulePage() {
  const words = useWords(scheduleWords);
  const { playbook } = useSearch({ from: '/app/schedules/new' });
  const playbooks = useQuery(definitionsQuery('playbooks'));
  return (
    <PageFrame
      title={words.newSchedule}
      above={
        <Link to="/schedules" className={alarmStyles['back']}>
          {words.all}
        </Link>
      }
    >
      <Loaded query={playbooks} height={480}>
        {({ items }) => <NewSchedule playbook={playbook ?? (items.find(isCheck) ?? items[0])?.name} />}
      </Loaded>
    </PageFrame>
  );
}

function NewSchedule({ playbook }: { readonly playbook: string | undefined }) {
  const navigate = useNavigate();
  const [template] = useState(() => scheduleTemplate({ playbook, timeZone: readerZone }));
  const [written, setWritten] = useDraft<string>();
  const text = written ?? template;
  const check = useDefinitionCheck('schedules', text);
  const work = useMemo(() => draftOrder(check.usable), [check.usable]);
  async function onSaved({ name }: DefinitionAnswer): Promise<void> {
    setWritten(undefined);
    await navigate({ to: '/schedules/$name', params: { name }, ignoreBlocker: true });
  }
  return (
    <div className={styles['columns']}>
      <ScheduleEditor text={text} saved="" check={check} onChange={setWritten} onSaved={(schedule) => void onSaved(schedule)} />
      {work ? <ScheduledOrder work={work} /> : null}
      <LeaveGuard unsaved={written !== undefined && written !== template} onLeave={() => setWritten(undefined)} />
    </div>
  );
}

/** What looks and changes nothing is the better example. */
function isCheck({ definition }: DefinitionAnswer): boolean {
  return definition?.kind === 'Playbook' && definition.spec.for?.category === 'check';
}
