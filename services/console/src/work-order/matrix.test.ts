import type { RunRecord } from '../api/records.js';
import { buildMatrix, cellText, chooseCell, lengthOf } from './matrix.js';

const at = (seconds: number): string => new Date(seconds * 1_000).toISOString();
const step = (name: string, state: string, attempts: readonly object[] = [{ attempt: 1, state, startedAt: at(1), endedAt: at(3), output: '' }], kind = 'step') => ({ step: name, kind, state, attempts });
const job = (order: number, ids: readonly string[]) => ({ order, playbook: { spec: { steps: ids.map((id) => ({ id, ...(id === 'restart' && { title: 'Restart it' }) })) } } });

const run = {
  id: 'run', number: 1, state: 'running',
  jobs: [job(1, ['check', 'restart']), job(2, ['check'])],
  targets: [{ id: 'a', name: 'web-01' }, { id: 'b', name: 'web-02' }],
  results: [
    { target: 'a', job: 1, state: 'failed', steps: [step('check', 'ok'), step('restart', 'failed'), step('restart', 'ok', undefined, 'rollback')] },
    { target: 'a', job: 2, state: 'skipped', reason: 'an earlier job failed', steps: [step('check', 'skipped', [])] },
    { target: 'b', job: 1, state: 'running', steps: [step('check', 'running', [{ attempt: 1, state: 'running', startedAt: at(2), output: '' }])] },
  ],
} as unknown as RunRecord;

const matrix = buildMatrix(run);

test('steps of every job in order, an undo behind its job', () => {
  expect(matrix.columns.map((column) => [column.job, column.name, column.kind])).toEqual([[1, 'check', 'step'], [1, 'Restart it', 'step'], [1, 'Restart it', 'rollback'], [2, 'check', 'step']]);
});

test('each cell is the result of its own job, step and kind', () => {
  expect(matrix.rows.map((row) => [row.name, row.state, row.cells.map((cell) => cell?.state)])).toEqual([
    ['web-01', 'failed', ['ok', 'failed', 'ok', 'skipped']],
    ['web-02', 'running', ['running', undefined, undefined, undefined]],
  ]);
  expect(matrix.rows[0]!.reason).toBe('an earlier job failed');
});

test('a job that is not run again names the run in which it was done', () => {
  const [kept] = buildMatrix({ ...run, results: [{ target: 'a', job: 1, state: 'ok', doneIn: 't/order-7-r12', steps: [step('check', 'ok', [])] }] } as unknown as RunRecord).rows;
  expect([kept!.doneIn.get(1), kept!.doneIn.get(2), matrix.rows[0]!.doneIn.size]).toEqual([12, undefined, 0]);
});

test('the address chooses a cell; else what runs, else what failed', () => {
  const failed = cellText(matrix.rows[0]!, matrix.columns[1]!);
  expect(chooseCell(matrix, failed)).toMatchObject({ row: { target: 'a' }, column: { step: 'restart', kind: 'step' } });
  expect(chooseCell(matrix, undefined)).toMatchObject({ row: { target: 'b' }, column: { step: 'check' } });
  expect(chooseCell(buildMatrix({ ...run, results: run.results.slice(0, 2) }), 'gone')).toMatchObject({ row: { target: 'a' }, column: { step: 'restart', kind: 'step' } });
  expect(chooseCell(buildMatrix({ ...run, results: [] }), undefined)).toBeUndefined();
});

test('a length spans its attempts, and is unknown while it runs', () => {
  expect(lengthOf(step('s', 'ok', [{ startedAt: at(1), endedAt: at(2) }, { startedAt: at(5), endedAt: at(9) }]) as never)).toBe(8_000);
  expect(lengthOf(step('s', 'running', [{ startedAt: at(1) }]) as never)).toBeUndefined();
  expect(lengthOf(undefined)).toBeUndefined();
});
