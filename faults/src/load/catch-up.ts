import type { Alarm, Api, Page, QueryAnswer } from '@opsloop/contracts';
import { askApi, type ApiAddress } from '../ask-api.js';
import { policyName } from './definitions.js';
import { alarmsDue, windowsDue, type Sample } from './ledger.js';
import { logHosts, loud, type Load } from './load.js';

export interface CatchUp {
  /** `host pendingSinceMs` of alarms whose first loud second lies in the range and that are not there. */
  missingAlarms(fromMs: number, toMs: number): Promise<string[]>;
  /** Alarms due in the range. */
  countAlarms(fromMs: number, toMs: number): Promise<number>;
  /** Age of the oldest sample that is not taken yet; 0 when there is none. */
  heldUpMs(): number;
  /** Waits until samples are taken and alarms come as fast as they do without a fault. */
  untilCalm(): Promise<void>;
  /** Waits until all that was measured in the range is in history and has its alarms; says how long each took. */
  untilComplete(fromMs: number, toMs: number): Promise<string>;
}

const everyMs = 250;
const withinMs = 180_000;
/** From the first loud sample to the alarm, at most, on a machine with nothing else to do. */
const promptMs = 8_000;
const mostTries = 60;
/** Of an episode at the edge of the range only a part may be known. */
const edgeMs = 2_000;

export function createCatchUp(load: Load, api: ApiAddress): CatchUp {
  const measured = (): Sample[] => load.sent.filter(({ host }) => !logHosts.includes(host));

  function dueIn(fromMs: number, toMs: number): string[] {
    const sinceOf = (key: string): number => Number(key.split(' ')[1]);
    return [...alarmsDue(measured(), loud)].filter((key) => sinceOf(key) >= fromMs + edgeMs && sinceOf(key) < toMs);
  }

  async function missingAlarms(fromMs: number, toMs: number): Promise<string[]> {
    const { items } = await askApi<Page<Api<Alarm>>>(api, `alarms?policy=${policyName}&limit=500`);
    const there = new Set(items.map((alarm) => `${alarm.resourceName} ${Date.parse(alarm.pendingSince)}`));
    return dueIn(fromMs, toMs).filter((key) => !there.has(key));
  }

  const heldUpMs = (): number => Math.max(0, Date.now() - load.oldestWaitingMs());

  async function isHistoryComplete(fromMs: number, toMs: number): Promise<boolean> {
    const startMs = Math.ceil(fromMs / 1000) * 1000;
    const endMs = Math.floor(toMs / 1000) * 1000;
    if (load.oldestWaitingMs() < endMs) return false;
    const due = windowsDue(measured().filter(({ timeMs }) => timeMs >= startMs && timeMs < endMs));
    const wanted = [...due.values()].reduce((sum, { count }) => sum + count, 0);
    const { series } = await askApi<QueryAnswer>(api, `query?metric=fault.value&from=${startMs}&to=${endMs}&step=1000&aggregate=count&fill=none`);
    return series.flatMap(({ points }) => points).reduce((sum, [, value]) => sum + (value ?? 0), 0) >= wanted;
  }

  /** Seconds until it holds; undefined when it did not in time. */
  async function secondsUntil(holds: () => Promise<boolean>): Promise<string> {
    const beganMs = performance.now();
    while (performance.now() - beganMs < withinMs) {
      if (await holds().catch(() => false)) return `after ${((performance.now() - beganMs) / 1000).toFixed(1)} s`;
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    return `NOT within ${withinMs / 1000} s`;
  }

  return {
    missingAlarms,
    heldUpMs,
    async untilCalm() {
      const isPrompt = async (): Promise<boolean> => heldUpMs() < promptMs && (await missingAlarms(Date.now() - 30_000, Date.now() - promptMs)).length === 0;
      for (let calm = 0, tries = 0; calm < 3 && tries < mostTries; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 3_000));
        calm = (await isPrompt().catch(() => false)) ? calm + 1 : 0;
      }
    },
    countAlarms: async (fromMs, toMs) => dueIn(fromMs, toMs).length,
    async untilComplete(fromMs, toMs) {
      const [history, alarms] = await Promise.all([
        secondsUntil(() => isHistoryComplete(fromMs, toMs)),
        secondsUntil(async () => load.oldestWaitingMs() >= toMs && (await missingAlarms(fromMs, toMs - edgeMs)).length === 0),
      ]);
      return `then history complete ${history}, alarms ${alarms}`;
    },
  };
}
