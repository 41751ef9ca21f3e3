import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Point } from './to-line-protocol.js';

/** Time that a CPU spent in each way since the start; only differences mean something. */
type CpuTimes = Readonly<Record<string, number>>;

/** Columns of /proc/stat; those of guests are in user and nice already. */
const columns = ['usage_user', 'usage_nice', 'usage_system', 'usage_idle', 'usage_iowait', 'usage_irq', 'usage_softirq', 'usage_steal'] as const;

/** Usage of each CPU and of all together, percent, since the call before. */
export function createCpuReader(readTimes: () => readonly CpuTimes[] = readCpuTimes): () => Point[] {
  let before = readTimes();
  return () => {
    const now = readTimes();
    const spent = now.flatMap((times, index) => (before[index] ? [difference(before[index], times)] : []));
    before = now;
    return [...spent.flatMap((one, index) => usage(`cpu${index}`, one)), ...usage('cpu-total', sum(spent))];
  };
}

/** Of Linux itself: what Node tells knows neither of waiting for disks nor of what the hypervisor takes, so that both would look like work. */
function readCpuTimes(): CpuTimes[] {
  try {
    return parseCpuTimes(readFileSync('/proc/stat', 'utf8'));
  } catch {
    return cpus().map(({ times: { user, nice, sys, idle, irq } }) => ({ usage_user: user, usage_nice: nice, usage_system: sys, usage_idle: idle, usage_irq: irq }));
  }
}

export function parseCpuTimes(text: string): CpuTimes[] {
  return [...text.matchAll(/^cpu\d+ (.*)$/gm)].map(([, rest]) => {
    const numbers = rest!.trim().split(/\s+/).map(Number);
    return Object.fromEntries(columns.map((name, at) => [name, numbers[at] ?? 0]));
  });
}

/** Linux may take back some of what it counted as waiting. */
function difference(before: CpuTimes, now: CpuTimes): CpuTimes {
  return Object.fromEntries(Object.entries(now).map(([name, value]) => [name, Math.max(0, value - (before[name] ?? value))]));
}

function sum(all: readonly CpuTimes[]): CpuTimes {
  return Object.fromEntries(Object.keys(all[0] ?? {}).map((name) => [name, all.reduce((total, one) => total + one[name]!, 0)]));
}

function usage(cpu: string, spent: CpuTimes): Point[] {
  const whole = Object.values(spent).reduce((total, one) => total + one, 0);
  if (whole <= 0) return [];
  return [{ measurement: 'cpu', tags: { cpu }, fields: Object.fromEntries(Object.entries(spent).map(([name, value]) => [name, (100 * value) / whole])) }];
}
