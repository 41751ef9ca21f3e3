/** A run whose owner is to be frozen: its one step is under way for longer than it takes to freeze, so that surely a late write follows. */
import type { Api, Run, WorkOrder, WorkOrderAnswer } from '@opsloop/contracts';
import type { ServiceProcess } from '@opsloop/native';
import { askApi, type ApiAddress } from '../ask-api.js';
import { holdPlaybook } from '../load/definitions.js';
import { within } from '../within.js';

export interface OwnedRun {
  readonly owner: ServiceProcess;
  /** Resolves when another executor has taken the run over and the order says that nobody knows the outcome: who, and after how many seconds. */
  untilToldUnknown(): Promise<{ readonly by: string; readonly afterS: number }>;
  /** What is said of the run now. */
  answer(): Promise<string>;
}

const startsWithinMs = 60_000;
/** The lease of 15 s, and a busy machine. */
const toldWithinMs = 120_000;
/** From the mark that the step is begun to the effect in it, generously: the frozen one has acted, and only cannot say so. */
const effectMs = 2_000;

/** Orders a run, and answers when one of the executors works at its step. */
export async function orderOwnedRun(api: ApiAddress, executors: readonly ServiceProcess[]): Promise<OwnedRun> {
  const target = { id: 'fault-hold', name: 'fault-hold' };
  const { id } = await askApi<Api<WorkOrder>>(api, 'work-orders', 'POST', { type: 'change', title: 'Held while its executor is frozen', targets: [target], jobs: [{ playbook: holdPlaybook }] });
  const path = `work-orders/${encodeURIComponent(id)}`;
  await askApi(api, `${path}/start`, 'POST', { now: true });
  const look = async (): Promise<{ order: WorkOrderAnswer; run: Api<Run> | undefined }> => {
    const order = await askApi<WorkOrderAnswer>(api, path);
    return { order, run: order.runDetails[0] };
  };
  const ownerNow = async (): Promise<ServiceProcess | undefined> => {
    const { run } = await look();
    const isBegun = run?.results.some(({ steps }) => steps.some(({ state }) => state === 'running'));
    return isBegun ? executors.find(({ instance }) => instance === run?.executor) : undefined;
  };
  const owner = await within(startsWithinMs, `the step of ${id} began`, ownerNow);
  await new Promise((resolve) => setTimeout(resolve, effectMs));
  const beganMs = performance.now();

  return {
    owner,
    async untilToldUnknown() {
      const by = await within(toldWithinMs, `the outcome of ${id}, whose executor ${owner.instance} is frozen, was told as unknown by another`, async () => {
        const { order, run } = await look();
        return order.state === 'unknown' && run?.state === 'unknown' && run.executor !== owner.instance ? run.executor : undefined;
      });
      return { by, afterS: (performance.now() - beganMs) / 1000 };
    },
    async answer() {
      const { order, run } = await look();
      return JSON.stringify({ state: order.state, result: order.result, runs: order.runs, run: { state: run?.state, executor: run?.executor, reason: run?.reason, results: run?.results } });
    },
  };
}
