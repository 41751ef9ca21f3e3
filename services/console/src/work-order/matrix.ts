import type { AttemptState, RunRecord, StepResultRecord, TargetResultRecord } from '../api/records.js';
import { toMs } from '../time/format-time.js';
import { toneOf } from './work-order-states.js';

export interface MatrixColumn {
  readonly key: string;
  readonly job: number;
  readonly step: string;
  readonly kind: 'step' | 'rollback';
  /** What people call it: the step's title, else its id. */
  readonly name: string;
}

export interface MatrixRow {
  readonly target: string;
  readonly name: string;
  readonly state: AttemptState;
  readonly reason: string | undefined;
  /** One a column; undefined: the step has no result on this target. */
  readonly cells: readonly (StepResultRecord | undefined)[];
  /** Jobs that are not run here again, and the number of the run in which they succeeded. */
  readonly doneIn: ReadonlyMap<number, number>;
}

export interface Matrix {
  readonly columns: readonly MatrixColumn[];
  readonly rows: readonly MatrixRow[];
}

/** Targets against the steps of every job, in the order in which they run; an undo stands behind the steps of its job. */
export function buildMatrix(run: RunRecord): Matrix {
  const columns = run.jobs.flatMap((job): MatrixColumn[] => {
    const steps = job.playbook.spec.steps;
    const undone = new Set(run.results.filter((one) => one.job === job.order).flatMap((one) => one.steps.filter((step) => step.kind === 'rollback').map((step) => step.step)));
    const column = (kind: MatrixColumn['kind']) => (step: (typeof steps)[number]): MatrixColumn => ({ key: columnKey(job.order, step.id, kind), job: job.order, step: step.id, kind, name: step.title ?? step.id });
    return [...steps.map(column('step')), ...steps.filter((step) => undone.has(step.id)).toReversed().map(column('rollback'))];
  });
  const rows = run.targets.map((target): MatrixRow => {
    const results = run.results.filter((one) => one.target === target.id);
    const stepOf = (column: MatrixColumn): StepResultRecord | undefined => results.find((one) => one.job === column.job)?.steps.find((step) => step.step === column.step && step.kind === column.kind);
    return { target: target.id, name: target.name, state: worstOf(results), reason: results.find((one) => one.reason !== undefined)?.reason, cells: columns.map(stepOf), doneIn: doneIn(results) };
  });
  return { columns, rows };
}

/** The id of a run ends with its number. */
function doneIn(results: readonly TargetResultRecord[]): Map<number, number> {
  return new Map(results.flatMap((one) => (one.doneIn === undefined ? [] : [[one.job, Number(/\d+$/.exec(one.doneIn)?.[0])]])));
}

function columnKey(job: number, step: string, kind: MatrixColumn['kind']): string {
  return `${job}~${step}${kind === 'rollback' ? '~undo' : ''}`;
}

/** Of several jobs on one target: what runs, else what went wrong, else the last. */
function worstOf(results: readonly TargetResultRecord[]): AttemptState {
  const states = results.map((one) => one.state);
  return states.find((state) => toneOf(state) === 'busy') ?? states.find((state) => toneOf(state) === 'bad') ?? states.find((state) => toneOf(state) === 'unsure') ?? states.at(-1) ?? 'waiting';
}

export interface ChosenCell {
  readonly row: MatrixRow;
  readonly column: MatrixColumn;
  readonly result: StepResultRecord | undefined;
}

export function cellText(row: MatrixRow, column: MatrixColumn): string {
  return `${row.target}~${column.key}`;
}

/** The cell that an address names; without one, the cell that matters most: what runs, else what failed, else the last that ran. */
export function chooseCell({ columns, rows }: Matrix, text: string | undefined): ChosenCell | undefined {
  const cells = rows.flatMap((row) => columns.map((column, index): ChosenCell => ({ row, column, result: row.cells[index] })));
  const toned = (tone: string): ChosenCell | undefined => cells.find((cell) => cell.result !== undefined && toneOf(cell.result.state) === tone);
  return cells.find((cell) => cellText(cell.row, cell.column) === text) ?? toned('busy') ?? toned('bad') ?? toned('unsure') ?? cells.findLast((cell) => (cell.result?.attempts.length ?? 0) > 0);
}

/** From the first start to the last end of its attempts, ms; undefined while it runs or has not begun. */
export function lengthOf(result: StepResultRecord | undefined): number | undefined {
  const starts = result?.attempts.flatMap((one) => (one.startedAt === undefined ? [] : [toMs(one.startedAt)])) ?? [];
  const ends = result?.attempts.flatMap((one) => (one.endedAt === undefined ? [] : [toMs(one.endedAt)])) ?? [];
  if (starts.length === 0 || ends.length < starts.length) return undefined;
  return Math.max(...ends) - Math.min(...starts);
}
