import { readFileSync } from 'node:fs';

/** Ticks of /proc/PID/stat. */
const ticksPerSecond = 100;

/** CPU seconds so far of some processes by name, all threads, user and system (Linux); several of a name are added up. */
export function readCpu(processes: readonly { readonly name: string; readonly pid: number | undefined }[]): ReadonlyMap<string, number> {
  const seconds = new Map<string, number>();
  for (const { name, pid } of processes) {
    if (pid === undefined) continue;
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    seconds.set(name, (seconds.get(name) ?? 0) + (Number(fields[11]) + Number(fields[12])) / ticksPerSecond);
  }
  return seconds;
}
