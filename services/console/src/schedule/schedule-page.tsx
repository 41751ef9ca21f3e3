import type { DefinitionAnswer } from '@opsloop/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import alarmStyles from '../alarm/alarm.module.css';
import { useDefinitionCheck } from '../definition/definition-check.js';
import { definitionQuery } from '../definition/definition-queries.js';
import { definitionTitle } from '../definition/definition-title.js';
import { DefinitionVersions } from '../definition/definition-versions.js';
import { definitionWords } from '../definition/definition-words.js';
import { DeleteDefinition } from '../definition/delete-definition.js';
import { sourceText } from '../definition/source-text.js';
import { useLanguage, useWords } from '../language/language.js';
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
  // What is being written stays when somebody else saves; unchanged text follows the version in force.
  const [edited, setEdited] = useState<string>();
  const saved = useMemo(() => sourceText(schedule.source), [schedule.source]);
  const text = edited ?? saved;
  const check = useDefinitionCheck('schedules', text);
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
          text={text}
          saved={saved}
          check={check}
          readOnly={readOnly}
          onChange={(next) => setEdited(next === saved ? undefined : next)}
          onSaved={() => setEdited(undefined)}
          beside={<DeleteDefinition path="schedules" name={schedule.name} text={words.removeText} />}
        />
      </div>
      <DefinitionVersions definition={schedule} onRestore={readOnly ? undefined : setEdited} />
    </PageFrame>
  );
}
