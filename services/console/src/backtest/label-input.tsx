import { Textarea } from '@mantine/core';
import { useState } from 'react';
import { useWords } from '../language/language.js';
import { backtestWords } from './backtest-words.js';
import styles from './backtest.module.css';
import { readLabels } from './read-labels.js';

/** Known incidents, pasted. What cannot be read is said, and not asked for. */
export function LabelInput({ onChange }: { onChange(labels: string): void }) {
  const words = useWords(backtestWords);
  const [text, setText] = useState('');
  const read = readLabels(text);
  return (
    <details className={styles['labels']}>
      <summary>{words.labels}</summary>
      <Textarea
        label={words.labels}
        description={words.labelsText}
        placeholder={'2026-01-31 10:00,2026-01-31 11:30'}
        autosize
        minRows={3}
        maxRows={10}
        value={text}
        error={typeof read === 'number' ? words.labelsWrong(read) : undefined}
        onChange={(event) => {
          setText(event.currentTarget.value);
          const next = readLabels(event.currentTarget.value);
          if (typeof next === 'string') onChange(next);
        }}
      />
    </details>
  );
}
