/** Processes that stand still (SIGSTOP) until others have their work, and then go on as if nothing had been. */
import type { ServiceProcess } from '@opsloop/native';
import type { ApiAddress } from '../ask-api.js';
import type { CatchUp } from '../load/catch-up.js';
import { orderOwnedRun } from './frozen-owner.js';
import { passOutage } from './outage.js';
import type { FaultEnd } from '../progress.js';
import { readRefusedWrites, refusedBetween, sumOf, tellRefused, type RefusedWrites } from './refused-writes.js';
import { within } from '../within.js';

/** Longer than the session at Kafka (6 s in these runs) and every lease on a document (45 s at most). */
const frozenMs = 50_000;
const ownerFrozenMs = 30_000;
/** From its waking until a process has found out what it lost. */
const wakingMs = 5_000;
const refusedWithinMs = 60_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Freezes all of them at once, and counts what they write late. */
export async function freeze(catchUp: CatchUp, victims: readonly ServiceProcess[]): Promise<FaultEnd> {
  const before = await Promise.all(victims.map(refusedOf));
  const found = await passOutage(catchUp, { begin: async () => void (await Promise.all(victims.map((one) => one.freeze()))), lasts: () => pause(frozenMs), end: () => victims.forEach((one) => one.thaw()), alarmsGoOn: true });
  await pause(wakingMs);
  const refused = (await Promise.all(victims.map(refusedOf))).map((after, i) => refusedBetween(before[i]!, after));
  const told = victims.map((victim, i) => `${victim.instance} ${tellRefused(refused[i]!)}`).join(', ');
  return { victim: victims.map(({ instance }) => instance).join(', '), hit: true, crashes: victims.length, ...found, how: `${found.how}; late writes refused: ${told}`, refused: refused.reduce((sum, one) => sum + sumOf(one), 0) };
}

/** The executor that works at a run is frozen until another has told the outcome as unknown: what it writes on waking must be refused, and change no answer. */
export async function freezeOwner(catchUp: CatchUp, api: ApiAddress, executors: readonly ServiceProcess[]): Promise<FaultEnd> {
  const run = await orderOwnedRun(api, executors);
  const { owner } = run;
  const before = await refusedOf(owner);
  let told = { by: '', afterS: 0 };
  let answer = '';
  const lasts = async (): Promise<void> => {
    const untilMs = performance.now() + ownerFrozenMs;
    told = await run.untilToldUnknown();
    answer = await run.answer();
    await pause(Math.max(0, untilMs - performance.now()));
  };
  const found = await passOutage(catchUp, { begin: () => owner.freeze(), lasts, end: () => owner.thaw(), alarmsGoOn: true });
  const refusals = async (): Promise<RefusedWrites> => refusedBetween(before, await refusedOf(owner));
  await within(refusedWithinMs, 'a late write was refused', async () => (sumOf(await refusals()) > 0 ? true : undefined)).catch(() => undefined);
  await pause(wakingMs);
  const refused = await refusals();
  const isChanged = (await run.answer()) !== answer;
  const broken = [
    ...(sumOf(refused) === 0 ? [`${owner.instance} woke up with a run that another had taken over, and no late write of it was refused`] : []),
    ...(isChanged ? [`a late write of ${owner.instance} changed an answer: it was ${answer}`] : []),
  ];
  const how = `${found.how}; it worked at a run that ${told.by} took over and told as unknown after ${told.afterS.toFixed(1)} s, an answer that ${isChanged ? 'CHANGED' : 'stayed'}; late writes refused: ${tellRefused(refused)}`;
  return { victim: owner.instance, hit: true, crashes: 1, how, broken: [...found.broken, ...broken], refused: sumOf(refused) };
}

async function refusedOf({ instance, url }: ServiceProcess): Promise<RefusedWrites> {
  return within(30_000, `${instance} told its metrics`, async () => {
    const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(5_000) });
    return answer.ok ? readRefusedWrites(await answer.text()) : undefined;
  });
}
