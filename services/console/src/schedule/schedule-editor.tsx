import { DefinitionEditor, type DefinitionEditorProps } from '../definition/definition-editor.js';
import { FieldForm } from '../definition/field-form.js';
import { FieldHelp } from '../definition/field-help.js';
import { readField } from '../definition/set-field.js';
import { useWords } from '../language/language.js';
import { CronText } from './cron-text.js';
import { scheduleWords } from './schedule-words.js';
import styles from './schedule.module.css';

const fields = ['cron', 'timeZone', 'missed', 'type', 'title', 'targets', 'jobs', 'approval', 'receivers'] as const;

type ScheduleEditorProps = Omit<DefinitionEditorProps, 'path' | 'form' | 'help'>;

export function ScheduleEditor({ text, saved, edited, overtaken, check, readOnly = false, beside, onChange, onSaved }: ScheduleEditorProps) {
  const words = useWords(scheduleWords);
  return (
    <DefinitionEditor
      path="schedules"
      text={text}
      saved={saved}
      edited={edited}
      overtaken={overtaken}
      check={check}
      readOnly={readOnly}
      form={<ScheduleForm text={text} readOnly={readOnly} onChange={onChange} />}
      help={<FieldHelp title={words.fields} fields={fields.map((field) => [field, words[`f_${field}`]])} />}
      beside={beside}
      onChange={onChange}
      onSaved={onSaved}
    />
  );
}

/** Times and zone as fields, and what they mean in words while they are written. */
function ScheduleForm({ text, readOnly, onChange }: { readonly text: string; readonly readOnly: boolean; onChange(text: string): void }) {
  const words = useWords(scheduleWords);
  const cron = readField(text, 'Schedule', ['spec', 'cron']);
  const timeZone = readField(text, 'Schedule', ['spec', 'timeZone']);
  if (readField(text, 'Schedule', ['kind']) === undefined) return null;
  return (
    <>
      <FieldForm
        kind="Schedule"
        text={text}
        wide
        readOnly={readOnly}
        fields={[
          { path: ['spec', 'cron'], label: words.cron, placeholder: '30 6 * * 1-5' },
          { path: ['spec', 'timeZone'], label: words.timeZone, placeholder: 'UTC' },
        ]}
        onChange={onChange}
      />
      {cron === undefined ? null : (
        <p className={styles['said']} role="status">
          <CronText cron={cron} timeZone={timeZone ?? 'UTC'} />
        </p>
      )}
    </>
  );
}
