import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const sizeMiB = 512;

function isMounted(path: string): boolean {
  return readFileSync('/proc/mounts', 'utf8').split('\n').some((line) => line.split(' ')[1] === path);
}

/** Makes the folder a disk of 512 MiB (Linux, root); what an earlier run left on it stays. A reason where that cannot be. */
export function mountSmallDisk(path: string): string | undefined {
  if (process.platform !== 'linux') return 'small disks are made on Linux alone';
  if (isMounted(path)) return undefined;
  mkdirSync(path, { recursive: true });
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'opsloop-faults', path], { encoding: 'utf8' });
  return status === 0 ? undefined : `no small disk can be mounted: ${stderr.trim()}`;
}

export function unmountSmallDisk(path: string): void {
  if (process.platform === 'linux' && isMounted(path)) spawnSync('umount', [path]);
}

/** Fills the disk to its last byte; what it answers makes room again. */
export function fillDisk(path: string): () => void {
  const ballast = join(path, 'ballast');
  const file = openSync(ballast, 'w');
  for (let size = 2 ** 20; size >= 1; ) {
    try {
      writeSync(file, Buffer.alloc(size));
    } catch {
      size = Math.floor(size / 2);
    }
  }
  closeSync(file);
  return () => rmSync(ballast);
}
