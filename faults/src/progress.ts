import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A kill or another fault that was done. */
export interface DoneFault {
  readonly what: 'kill' | 'fault';
  /** The point of a kill, the name of another fault. */
  readonly name: string;
  /** Process that it befell. */
  readonly victim: string;
  readonly how: string;
  /** Whether it befell as planned. */
  readonly hit: boolean;
  /** Times that a process or engine was killed or frozen by it. */
  readonly crashes: number;
  /** Promises that were seen to be broken while it lasted. */
  readonly broken: readonly string[];
  /** Late writes of a process that was frozen, each refused. */
  readonly refused?: number;
}

export type FaultEnd = Omit<DoneFault, 'what' | 'name'>;

/** What was done so far, in a folder that the next start takes up again. */
export interface Progress {
  readonly folder: string;
  readonly done: readonly DoneFault[];
  add(fault: DoneFault): void;
}

export function openProgress(folder: string, fresh: boolean): Progress {
  const path = join(folder, 'progress.json');
  if (fresh || !existsSync(path)) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const done = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as DoneFault[]) : [];
  if (done.length > 0) console.log(`going on after ${done.length} faults`);
  return {
    folder, done,
    add(fault) {
      done.push(fault);
      writeFileSync(path, JSON.stringify(done));
      console.log(`${String(done.length).padStart(4)}  ${fault.name}${fault.victim && ` on ${fault.victim}`}: ${fault.how}`);
    },
  };
}
