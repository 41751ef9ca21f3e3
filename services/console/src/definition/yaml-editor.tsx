import type { PlanAnswer } from '@opsloop/contracts';
import { useRef, type KeyboardEvent } from 'react';
import { useWords } from '../language/language.js';
import { definitionWords } from './definition-words.js';
import styles from './yaml-editor.module.css';

type EditorError = PlanAnswer['errors'][number];

interface YamlEditorProps {
  readonly text: string;
  readonly errors: readonly EditorError[];
  readonly readOnly?: boolean;
  onChange(text: string): void;
}

/** A text area with line numbers; lines with something to mend are marked, and the list below leads to them. */
export function YamlEditor({ text, errors, readOnly = false, onChange }: YamlEditorProps) {
  const words = useWords(definitionWords);
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const lines = text.split('\n').length;
  const wrong = new Map(errors.map((error) => [error.line, error.message]));

  function onKey(event: KeyboardEvent<HTMLTextAreaElement>): void {
    // Tab goes on to the next control: a keyboard must be able to leave. Enter keeps the indentation.
    if (event.key !== 'Enter' || event.shiftKey || readOnly) return;
    const { selectionStart, selectionEnd, value } = event.currentTarget;
    const line = value.slice(value.lastIndexOf('\n', selectionStart - 1) + 1, selectionStart);
    const indent = /^\s*/.exec(line)![0] + (line.trimEnd().endsWith(':') ? '  ' : '');
    if (indent === '') return;
    event.preventDefault();
    event.currentTarget.setRangeText(`\n${indent}`, selectionStart, selectionEnd, 'end');
    onChange(event.currentTarget.value);
  }
  function goTo({ line, column }: EditorError): void {
    const offset = text.split('\n').slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + Math.max(0, column - 1);
    area.current?.focus();
    area.current?.setSelectionRange(offset, offset);
  }

  return (
    <>
      <div className={styles['editor']}>
        <div ref={gutter} className={styles['gutter']} aria-hidden="true">
          {Array.from({ length: lines }, (_, index) => (
            <div key={index} data-wrong={wrong.has(index + 1) || undefined} title={wrong.get(index + 1)}>
              {wrong.has(index + 1) ? '!' : ''} {index + 1}
            </div>
          ))}
        </div>
        <textarea
          ref={area}
          className={styles['area']}
          aria-label={words.editor}
          aria-invalid={errors.length > 0}
          aria-describedby="yaml-errors"
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          wrap="off"
          readOnly={readOnly}
          rows={Math.min(Math.max(lines + 1, 14), 40)}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value)}
          onKeyDown={onKey}
          onScroll={(event) => {
            if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
          }}
        />
      </div>
      <ul id="yaml-errors" className={styles['errors']}>
        {errors.map((error) => (
          <li key={`${error.line}:${error.column}${error.message}`}>
            <button type="button" onClick={() => goTo(error)}>
              {words.at(error.line, error.column)}
            </button>
            <span>
              {error.path === '' ? '' : <code>{error.path}</code>} {error.message}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
