import type { DefinitionAnswer } from '@opsloop/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import alarmStyles from '../alarm/alarm.module.css';
import { useDefinitionCheck } from '../definition/definition-check.js';
import { definitionQuery } from '../definition/definition-queries.js';
import { definitionTitle } from '../definition/definition-title.js';
import { ChangedMeanwhile } from '../definition/changed-meanwhile.js';
import { useDefinitionDraft } from '../definition/definition-draft.js';
import { DefinitionVersions } from '../definition/definition-versions.js';
import { definitionWords } from '../definition/definition-words.js';
import { DeleteDefinition } from '../definition/delete-definition.js';
import { useLanguage, useWords } from '../language/language.js';
import { LeaveGuard } from '../page/leave-guard.js';
import { Loaded } from '../page/loaded.js';
import { PageFrame } from '../page/page.js';
import { CronText } from './cron-text.js';
import { ScheduleEditor } from './schedule-editor.js';
import { NextTimes, ScheduledOrder, ScheduleOutcome } from './schedule-facts.js';
import { scheduleSpec } from './schedule-spec.js';
import { scheduleWords } from './schedule-words.js';
import styles from './schedule.module.css';

export function SchedulePage() {
  const { name } = useParams({ from: '/app/schedules/$name' });
  const schedule = useQuery({ ...definitionQuery('schedules', name), refetchInterval: 30_000 });
  return <Loaded query={schedule} height={480}>{(found) => <ScheduleContent key={found.name} schedule={found} />}</Loaded>;
}

function ScheduleContent({ schedule }: { readonly schedule: DefinitionAnswer }) {
  const words = useWords(scheduleWords);
  const definition = useWords(definitionWords);
  const { language } = useLanguage();
  const draft = useDefinitionDraft(schedule);
  const check = useDefinitionCheck('schedules', draft.text);
  const spec = scheduleSpec(schedule);
  const readOnly = schedule.managedBy === 'file';
  return (
    <PageFrame
      title={definitionTitle(schedule, language)}
      above={
        <Link to="/schedules" className={alarmStyles['back']}>
          {words.all}
        </Link>
      }
      lead={
        <>
          {spec ? <div className={styles['when']}><CronText cron={spec.cron} timeZone={spec.timeZone} /></div> : null}
          {schedule.name}, {definition.versionNumber(schedule.version)}, {readOnly ? definition.byFile : words.byApi}
        </>
      }
    >
      <div className={styles['columns']}>
        {spec && schedule.schedule ? (
          <div className={styles['stack']}>
            <NextTimes schedule={schedule} spec={spec} />
            <ScheduleOutcome schedule={schedule.schedule} spec={spec} />
            <ScheduledOrder work={spec.workOrder} />
          </div>
        ) : null}
        <ScheduleEditor
          text={draft.text}
          saved={draft.saved}
          edited={{ name: schedule.name, version: draft.version }}
          overtaken={draft.overtaken ? <ChangedMeanwhile definition={schedule} draft={draft} /> : undefined}
          check={check}
          readOnly={readOnly}
          onChange={draft.edit}
          onSaved={draft.forget}
          beside={<DeleteDefinition path="schedules" name={schedule.name} text={words.removeText} onDeleted={draft.forget} />}
        />
      </div>
      <DefinitionVersions definition={schedule} onRestore={readOnly ? undefined : draft.edit} />
      <LeaveGuard unsaved={draft.unsaved} onLeave={draft.forget} />
    </PageFrame>
  );
}
