import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import alarmStyles from '../alarm/alarm.module.css';
import { definitionsQuery } from '../definition/definition-queries.js';
import { useWords } from '../language/language.js';
import { Loaded } from '../page/loaded.js';
import { PageFrame } from '../page/page.js';
import { ScheduleEditor } from './schedule-editor.js';
import { scheduleTemplate } from './schedule-template.js';
import { scheduleWords } from './schedule-words.js';
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
        {({ items }) => <NewSchedule playbook={playbook ?? items[0]?.name} />}
      </Loaded>
    </PageFrame>
  );
}

function NewSchedule({ playbook }: { readonly playbook: string | undefined }) {
  const navigate = useNavigate();
  const [text, setText] = useState(() => scheduleTemplate({ playbook, timeZone: readerZone }));
  return <ScheduleEditor text={text} saved="" onChange={setText} onSaved={(schedule) => void navigate({ to: '/schedules/$name', params: { name: schedule.name } })} />;
}
