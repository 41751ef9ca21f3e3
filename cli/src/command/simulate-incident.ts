import { setTimeout as sleep } from 'node:timers/promises';
import { toldAt, type AlarmAnswer, type Api, type Alarm, type Page, type SimulateAnswer } from '@opsloop/contracts';
import { line, type CliHost, type ExitCode } from '../cli-host.js';
import type { Output } from '../options.js';
import { openApi, type ApiClient } from '../server/api-client.js';

const pollMs = 500;

/** States of an order in which nothing more is done by itself. */
const proven: ReadonlySet<string> = new Set(['verified', 'closed']);
const unproven: ReadonlySet<string> = new Set(['not-verified', 'rejected', 'cancelled']);

type ListedAlarm = Api<Alarm>;

/** Stops the demo service and prints each step of the loop as it happens; 0 once it is closed, 1 when that is not in time or its repair is not proven. */
export async function simulateIncident(host: CliHost, { timeout, output }: { readonly timeout: number; readonly output: Output }): Promise<ExitCode> {
  const api = await openApi(host);
  const say = (text: string): void => (output === 'table' ? host.out(line(text)) : undefined);
  const startedMs = performance.now();
  const seconds = (): string => ((performance.now() - startedMs) / 1000).toFixed(1).padStart(6);
  const { alarmPolicy, text } = await api.send<SimulateAnswer>('POST', 'simulate', { incident: 'service-down' });
  // Newest first; an alarm of this incident cannot be resolved yet.
  const before = new Set((await alarmsOf(api, alarmPolicy)).filter((alarm) => alarm.state === 'resolved').map((alarm) => alarm.id));
  say(`${seconds()} s  ${text}`);
  const told = new Set<string>();
  let alarm: AlarmAnswer | undefined;
  while (performance.now() - startedMs < timeout * 1000) {
    const id = alarm?.id ?? (await alarmsOf(api, alarmPolicy)).find((one) => !before.has(one.id))?.id;
    if (id !== undefined) {
      alarm = await api.get<AlarmAnswer>(`alarms/${encodeURIComponent(id)}`);
      for (const step of stepsOf(alarm)) {
        if (told.has(step.key)) continue;
        told.add(step.key);
        say(`${seconds()} s  ${step.text}`);
      }
      if (isOver(alarm)) {
        const page = `${api.server.url}/alarms/${encodeURIComponent(alarm.id)}`;
        const order = alarm.workOrderDetails.find(({ state }) => unproven.has(state));
        return order ? finish(host, output, alarm, say, `the alarm is resolved, but "${order.title}" ended as ${order.state}: ${page}`, 1) : finish(host, output, alarm, say, `the loop is closed: ${page}`, 0);
      }
    }
    await sleep(pollMs);
  }
  return finish(host, output, alarm, say, alarm === undefined ? `no alarm of ${alarmPolicy} opened within ${timeout} s` : `the alarm is ${alarm.state} after ${timeout} s, and the loop is not closed`, 1);
}

function finish(host: CliHost, output: Output, alarm: AlarmAnswer | undefined, say: (text: string) => void, text: string, code: ExitCode): ExitCode {
  say(text);
  if (output === 'json') host.out(line(JSON.stringify({ closed: code === 0, alarm: alarm ?? null }, null, 2)));
  return code;
}

async function alarmsOf(api: ApiClient, policy: string): Promise<readonly ListedAlarm[]> {
  const { items } = await api.get<Page<ListedAlarm>>(`alarms?limit=200&policy=${encodeURIComponent(policy)}`);
  return items;
}

function stepsOf(alarm: AlarmAnswer): { key: string; text: string }[] {
  const inOrder = alarm.timeline.map((entry) => ({ entry, at: toldAt(alarm, entry) })).toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return inOrder.map(({ entry, at }) => ({ key: `${entry.at} ${entry.what} ${entry.ref ?? ''} ${entry.text}`, text: `${entry.what.padEnd(28)} ${entry.text}${at === entry.at ? '' : ` (dated ${entry.at}, when its window ends)`}` }));
}

/** The alarm is resolved, and what was done about it has come to its end. */
function isOver({ state, workOrderDetails }: AlarmAnswer): boolean {
  return state === 'resolved' && workOrderDetails.every((order) => proven.has(order.state) || unproven.has(order.state));
}
