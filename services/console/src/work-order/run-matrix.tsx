import { UnstyledButton } from '@mantine/core';
import type { RunRecord, StepResultRecord } from '../api/records.js';
import { useLanguage, useWords } from '../language/language.js';
import { Since } from '../time/ago.js';
import { formatLength } from '../time/format-time.js';
import { cellText, lengthOf, type ChosenCell, type Matrix } from './matrix.js';
import styles from './matrix.module.css';
import { StateMark, StateSign } from './state-mark.js';
import { stateWords } from './state-words.js';
import { workOrderWords } from './work-order-words.js';
import { toneOf } from './work-order-states.js';

interface RunMatrixProps {
  readonly run: RunRecord;
  readonly matrix: Matrix;
  readonly chosen: ChosenCell | undefined;
  onChoose(cell: string): void;
}

/** Targets against steps; each cell a state with its length. */
export function RunMatrix({ run, matrix, chosen, onChoose }: RunMatrixProps) {
  const words = useWords(workOrderWords);
  const { columns, rows } = matrix;
  return (
    <div className={styles['scroll']} role="region" aria-label={words.matrix} tabIndex={0}>
      <table role="table" className={styles['matrix']} aria-label={`${words.matrix}, ${words.run(run.number)}`}>
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">
              {words.target}
            </th>
            {columns.map((column) => (
              <th role="columnheader" scope="col" key={column.key} title={column.step}>
                {column.kind === 'rollback' ? `${words.rollback}: ${column.name}` : column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr role="row" key={row.target}>
              <th role="rowheader" scope="row">
                <span className={styles['target']}>{row.name}</span>
                <StateMark state={row.state} />
                {row.reason === undefined ? null : <span className={styles['reason']}>{row.reason}</span>}
              </th>
              {columns.map((column, index) => {
                const text = cellText(row, column);
                return (
                  <td role="cell" key={column.key} data-step={column.name}>
                    <Cell result={row.cells[index]} label={`${row.name}, ${column.name}`} chosen={chosen?.row.target === row.target && chosen.column.key === column.key} onChoose={() => onChoose(text)} />
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell({ result, label, chosen, onChoose }: { readonly result: StepResultRecord | undefined; readonly label: string; readonly chosen: boolean; onChoose(): void }) {
  const words = useWords(workOrderWords);
  const states = useWords(stateWords);
  const state = result?.state ?? 'waiting';
  const count = result?.attempts.length ?? 0;
  return (
    <UnstyledButton className={styles['cell']} data-tone={toneOf(state)} aria-pressed={chosen} title={states[state]} onClick={onChoose}>
      <span className={styles['spoken']}>{`${label}: ${states[state]}${count > 1 ? `, ${words.attemptCount(count)}` : ''}, `}</span>
      <StateSign state={state} />
      <Length result={result} />
      {count > 1 ? <span className={styles['count']}>×{count}</span> : null}
    </UnstyledButton>
  );
}

function Length({ result }: { readonly result: StepResultRecord | undefined }) {
  const { language } = useLanguage();
  const states = useWords(stateWords);
  const length = lengthOf(result);
  const startedAt = result?.attempts[0]?.startedAt;
  if (length !== undefined) return <span>{formatLength(length, language)}</span>;
  if (result?.state === 'running' && startedAt !== undefined) return <Since at={startedAt} />;
  return <span className={styles['faint']}>{states[result?.state ?? 'waiting']}</span>;
}
