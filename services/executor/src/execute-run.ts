/** One run from claim to end: what happens goes through the state machine, is stored, and only then is anything executed. */
import { collections, type Run, type WorkOrder } from '@opsloop/contracts';
import { closeRun, endWorkOrderRun, stepRun, type AttemptRef, type RunInput, type RunStep } from '@opsloop/domain';
import type { Collection, Runner, Stored } from '@opsloop/ports';
import type { Lease, ServiceContext } from '@opsloop/runtime';
import { runAttempt } from './attempt-runner.js';
import { changeWorkOrder } from './change-work-order.js';
import { createRunOwner, LeaseLost, type RunOwner } from './run-owner.js';
import { standingOf } from './work-order-starter.js';

export interface ExecuteRunDeps {
  readonly context: ServiceContext;
  readonly runners: Readonly<Record<string, Runner>>;
  /** Aborts when nothing new may begin: what runs is brought to its end, then the run is handed back. */
  readonly draining: AbortSignal;
  /** Aborts when the time for that is over. */
  readonly halting: AbortSignal;
  /** Runs after the work order was moved. */
  onOrderChanged(): void;
  /** Runs after the run was given up, ended or handed back. */
  onReleased(): void;
}

const mostParallel = 16;
const cancelPollMs = 500;
const earlyPollMs = 50;
const earlyMs = 5_000;
/** Nothing is due: whatever happens wakes the loop. */
const idleMs = 60_000;

export async function executeRun(deps: ExecuteRunDeps, stored: Stored<Run>, lease: Lease<Run>): Promise<void> {
  const { context, halting } = deps;
  const { documents } = context;
  const workOrders = documents.collection<WorkOrder>(collections.workOrders);
  const owner = createRunOwner(context, documents.collection<Run>(collections.runs), lease);
  try {
    const standing = await standingAtLast(deps, stored.doc, lease, workOrders);
    if (standing === 'early') return await owner.release(stored.doc);
    const run = standing === 'wanted' || stored.doc.endedAtMs !== undefined ? await drive(deps, stored.doc, lease, owner, workOrders) : await giveUp(context, stored.doc, owner);
    if (run) await finish(deps, run, owner, workOrders);
  } catch (error) {
    if (!(error instanceof LeaseLost) && !lease.lost.aborted && !halting.aborted) throw error;
    context.logger.warn({ run: stored.doc.id }, 'a run was let go: its lease is lost, or the time to stop is over');
  }
  deps.onReleased();
}

/** A run is there a moment before its order is moved: waits for that, but not for ever. */
async function standingAtLast({ context: { clock }, draining }: ExecuteRunDeps, run: Run, lease: Lease<Run>, workOrders: Collection<WorkOrder>): Promise<ReturnType<typeof standingOf>> {
  const untilMs = clock.monotonic() + earlyMs;
  for (;;) {
    const standing = standingOf((await workOrders.get(run.workOrder))?.doc, run);
    if (standing !== 'early' || clock.monotonic() >= untilMs || draining.aborted || lease.lost.aborted) return standing;
    await clock.sleep(earlyPollMs, AbortSignal.any([draining, lease.lost]));
  }
}

/** Nobody waits for this run any more: what has not begun is cancelled. */
async function giveUp({ clock, instance }: ServiceContext, run: Run, owner: RunOwner): Promise<Run> {
  const atMs = clock.now();
  const taken = run.state === 'running' ? stepRun(run, { type: 'take-over', executor: instance, atMs }, { maxParallel: 0 }).run : run;
  return owner.store(stepRun(taken, { type: 'cancel', atMs }, { maxParallel: 0 }).run);
}

/** Answers the run when every target is over; undefined when it was handed back before. */
async function drive(deps: ExecuteRunDeps, first: Run, lease: Lease<Run>, owner: RunOwner, workOrders: Collection<WorkOrder>): Promise<Run | undefined> {
  const { context, runners, draining, halting } = deps;
  const { clock, instance, reach } = context;
  if (first.endedAtMs !== undefined) return first;
  const over = new AbortController();
  // Whatever ends the loop early ends its steps as well.
  const halted = AbortSignal.any([lease.lost, halting, over.signal]);
  const cancelled = new AbortController();
  const inbox: RunInput[] = [{ type: first.state === 'waiting' ? 'begin' : 'take-over', executor: instance, atMs: clock.now() }];
  let wake = new AbortController();
  let running = 0;
  let run = first;

  function post(input: RunInput): void {
    inbox.push(input);
    wake.abort();
  }

  async function execute(ref: AttemptRef): Promise<void> {
    running += 1;
    const end = await runAttempt(context, runners, run, ref, { cancelled: cancelled.signal, halted });
    running -= 1;
    post({ type: 'attempt-ended', ref, ...end, atMs: clock.now() });
  }

  const watch = watchCancel(context, workOrders, run.workOrder, over.signal, () => {
    post({ type: 'cancel', atMs: clock.now() });
    cancelled.abort();
  });
  const drained = (): void => wake.abort();
  draining.addEventListener('abort', drained, { once: true });
  try {
    // What was asked before is known before anything begins.
    await watch.firstLook;
    for (;;) {
      wake = new AbortController();
      const step = takeIn(owner.withoutPublished(run), inbox.splice(0), draining.aborted ? 0 : mostParallel, clock.now());
      if (halted.aborted) throw new LeaseLost(run.id);
      run = step.run;
      if (step.changed) await owner.store(run);
      if (step.begun.length > 0) reach('executor.after-step-marked');
      for (const ref of step.begun) void execute(ref);
      if (step.ended) return run;
      if (draining.aborted && running === 0 && inbox.length === 0) return await handBack(run, owner);
      if (inbox.length === 0) await clock.sleep(step.nextDueAtMs === undefined ? idleMs : Math.max(1, step.nextDueAtMs - clock.now()), AbortSignal.any([wake.signal, halted]));
    }
  } finally {
    over.abort();
    draining.removeEventListener('abort', drained);
  }
}

/** Asks the order, twice a second, whether somebody wants the run to be cancelled. */
function watchCancel({ clock }: ServiceContext, workOrders: Collection<WorkOrder>, id: string, over: AbortSignal, onAsked: () => void): { readonly firstLook: Promise<void> } {
  async function look(): Promise<boolean> {
    const asked = await workOrders.get(id).then((order) => order?.doc.cancelRequested === true, () => false);
    if (asked && !over.aborted) onAsked();
    return asked;
  }

  async function lookOn(asked: boolean): Promise<void> {
    while (!asked && !over.aborted) {
      await clock.sleep(cancelPollMs, over);
      if (!over.aborted) asked = await look();
    }
  }

  const first = look();
  void first.then(lookOn);
  return { firstLook: first.then(() => undefined) };
}

async function handBack(run: Run, owner: RunOwner): Promise<undefined> {
  await owner.release(run);
  return undefined;
}

interface TakenIn extends RunStep {
  readonly changed: boolean;
}

/** All that has come in, as one step of the run: stored once, however much it was. */
function takeIn(run: Run, inputs: readonly RunInput[], maxParallel: number, atMs: number): TakenIn {
  let step: RunStep = { run, begun: [], nextDueAtMs: undefined, ended: false };
  const begun: AttemptRef[] = [];
  for (const input of inputs.length > 0 ? inputs : [{ type: 'tick' as const, atMs }]) {
    // Only the last input begins anything: what a later one forbids, such as a cancel, must not have begun.
    step = stepRun(step.run, input, { maxParallel: input === inputs.at(-1) || inputs.length === 0 ? maxParallel : 0 });
    begun.push(...step.begun);
  }
  return { ...step, begun, changed: inputs.length > 0 || begun.length > 0 };
}

/** The order learns the result from the stored run, then the run is closed: a crash in between repeats both and changes nothing. */
async function finish({ context, onOrderChanged }: ExecuteRunDeps, run: Run, owner: RunOwner, workOrders: Collection<WorkOrder>): Promise<void> {
  const { clock, instance, reach, ownMetrics } = context;
  reach('executor.before-result-stored');
  await changeWorkOrder(workOrders, run.workOrder, (order, version) => (order.run === run.id ? endWorkOrderRun(order, run, instance, { nowMs: clock.now(), version }) : undefined));
  onOrderChanged();
  reach('executor.after-run-ended');
  const closed = closeRun(owner.withoutPublished(run));
  await owner.release(closed);
  ownMetrics.counter('runs_total', 'Runs that ended, by result', ['result']).inc({ result: closed.state });
}
