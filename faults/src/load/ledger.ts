/** What was sent, and what follows from it. */
import { existsSync, readFileSync } from 'node:fs';

export interface Sample {
  readonly host: string;
  readonly timeMs: number;
  readonly value: number;
  /** When it was acknowledged. */
  readonly takenMs?: number;
}

export interface Ledger {
  readonly sent: Sample[];
  /** Made by a run that was interrupted: nobody knows whether they were taken. */
  readonly abandoned: Sample[];
}

export function readLedger(path: string): Ledger {
  const sent: Sample[] = [];
  const made = new Map<string, Sample>();
  if (existsSync(path)) {
    for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
      const [what, host, timeMs, value, takenMs] = JSON.parse(line) as [string, string, number, number, number | undefined];
      const sample = { host, timeMs, value, ...(takenMs !== undefined && { takenMs }) };
      if (what === 'made') made.set(`${host} ${timeMs}`, sample);
      else if (made.delete(`${host} ${timeMs}`)) sent.push(sample);
    }
  }
  return { sent, abandoned: [...made.values()] };
}

const secondOf = (timeMs: number): number => Math.floor(timeMs / 1000) * 1000;

/** `host startMs` of the window of one second that a sample falls into. */
export function windowOf({ host, timeMs }: Sample): string {
  return `${host} ${secondOf(timeMs)}`;
}

/** COUNT and SUM by window. */
export function windowsDue(sent: readonly Sample[]): Map<string, { count: number; sum: number }> {
  const windows = new Map<string, { count: number; sum: number }>();
  for (const sample of sent) {
    const known = windows.get(windowOf(sample)) ?? { count: 0, sum: 0 };
    windows.set(windowOf(sample), { count: known.count + 1, sum: known.sum + sample.value });
  }
  return windows;
}

/** `host pendingSinceMs` of each episode of loud seconds, which opens one alarm. */
export function alarmsDue(sent: readonly Sample[], loud: number): Set<string> {
  const byHost = new Map<string, Map<number, number>>();
  for (const { host, timeMs, value } of sent) byHost.set(host, (byHost.get(host) ?? new Map<number, number>()).set(secondOf(timeMs), value));
  const due = new Set<string>();
  for (const [host, values] of byHost) {
    const seconds = [...values].toSorted(([a], [b]) => a - b);
    for (const [index, [second, value]] of seconds.entries()) if (value === loud && seconds[index - 1]?.[1] !== loud) due.add(`${host} ${second}`);
  }
  return due;
}
