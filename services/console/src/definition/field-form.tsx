import type { Kind } from '@opsloop/contracts';
import { TextInput } from '@mantine/core';
import { useId } from 'react';
import { useWords } from '../language/language.js';
import { definitionWords } from './definition-words.js';
import styles from './definition.module.css';
import { readField, setField } from './set-field.js';

export interface FormField {
  readonly path: readonly string[];
  readonly label: string;
  readonly placeholder: string;
}

interface FieldFormProps {
  readonly kind: Kind;
  readonly text: string;
  readonly fields: readonly FormField[];
  readonly readOnly: boolean;
  /** Fields hold more than a number. */
  readonly wide?: boolean;
  onChange(text: string): void;
}

/** The fields that are changed most; each writes into the text, and the text fills each. */
export function FieldForm({ kind, text, fields, readOnly, wide = false, onChange }: FieldFormProps) {
  const words = useWords(definitionWords);
  const id = useId();
  return (
    <fieldset className={styles['form']} data-wide={wide || undefined} aria-label={words.form}>
      {fields.map(({ path, label, placeholder }) => (
        <TextInput key={path.join('.')} id={`${id}${path.join('.')}`} size="xs" label={label} placeholder={placeholder} value={readField(text, kind, path) ?? ''} readOnly={readOnly} onChange={(event) => onChange(setField(text, kind, path, event.currentTarget.value))} />
      ))}
    </fieldset>
  );
}
