import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Point } from './to-line-protocol.js';

/** Time that a CPU spent in each way since the start; only differences mean something. */
type CpuTimes = Readonly<Record<string, number>>;

/** By name: Linux leaves out a CPU that is offline, so that its place in the list says nothing. */
type TimesByCpu = ReadonlyMap<string, CpuTimes>;

/** Columns of /proc/stat; those of guests are in user and nice already. */
const columns = ['usage_user', 'usage_nice', 'usage_system', 'usage_idle', 'usage_iowait', 'usage_irq', 'usage_softirq', 'usage_steal'] as const;

/** Usage of each CPU and of all together, percent, since the call before. */
export function createCpuReader(readTimes: () => TimesByCpu = readCpuTimes): () => Point[] {
  let before = readTimes();
  return () => {
    const now = readTimes();
    const spent = new Map<string, CpuTimes>();
    for (const [cpu, times] of now) {
      const known = before.get(cpu);
      if (known) spent.set(cpu, difference(known, times));
    }
    before = now;
    return [...[...spent].flatMap(([cpu, one]) => usage(cpu, one)), ...usage('cpu-total', sum([...spent.values()]))];
  };
}

/** Of Linux itself: what Node tells knows neither of waiting for disks nor of what the hypervisor takes, so that both would look like work. */
function readCpuTimes(): TimesByCpu {
  try {
    return parseCpuTimes(readFileSync('/proc/stat', 'utf8'));
  } catch {
    return new Map(cpus().map(({ times: { user, nice, sys, idle, irq } }, index) => [`cpu${index}`, { usage_user: user, usage_nice: nice, usage_system: sys, usage_idle: idle, usage_irq: irq }]));
  }
}

export function parseCpuTimes(text: string): TimesByCpu {
  return new Map([...text.matchAll(/^(cpu\d+) (.*)$/gm)].map(([, cpu, rest]) => {
    const numbers = rest!.trim().split(/\s+/).map(Number);
    return [cpu!, Object.fromEntries(columns.map((name, at) => [name, numbers[at] ?? 0]))];
  }));
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
