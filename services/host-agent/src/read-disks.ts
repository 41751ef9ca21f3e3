import { readFile, stat, statfs } from 'node:fs/promises';
import type { Point } from './to-line-protocol.js';

export interface Mount {
  readonly device: string;
  readonly path: string;
  readonly fstype: string;
}

/** Images that are full by nature: snaps, discs. Nobody can free anything on them. */
const alwaysFull = new Set(['squashfs', 'erofs', 'iso9660', 'udf']);

/** File systems on real devices, each once; where the system has no /proc/mounts, the root alone. */
export async function readDisks(): Promise<Point[]> {
  const text = await readFile('/proc/mounts', 'utf8').catch(() => undefined);
  const mounts = text === undefined ? [{ device: 'root', path: '/', fstype: 'unknown' }] : await chooseMounts(text);
  const points: Point[] = [];
  for (const { device, path, fstype } of mounts) {
    const stats = await statfs(path).catch(() => undefined);
    if (!stats || stats.blocks === 0) continue;
    const total = stats.blocks * stats.bsize;
    const free = stats.bavail * stats.bsize;
    const used = (stats.blocks - stats.bfree) * stats.bsize;
    points.push({
      measurement: 'disk',
      tags: { device, path, fstype },
      fields: { total, free, used, used_percent: (100 * used) / (used + free || 1), inodes_total: stats.files, inodes_free: stats.ffree, inodes_used: stats.files - stats.ffree },
    });
  }
  return points;
}

/** A container has files of its host's disk mounted, such as /etc/hosts: its own root stands for that disk already. */
export async function chooseMounts(text: string, isFolder = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isDirectory() ?? false): Promise<Mount[]> {
  const seen = new Set<string>();
  const mounts: Mount[] = [];
  for (const { device, path, fstype } of visibleMounts(text)) {
    const isReal = device.startsWith('/dev/') || (path === '/' && device !== '');
    if (!isReal || alwaysFull.has(fstype) || seen.has(device) || !(await isFolder(path))) continue;
    seen.add(device);
    mounts.push({ device: device.replace('/dev/', ''), path, fstype });
  }
  return mounts;
}

/** The last mount at a path hides those before it: what is asked of the path is told of that one. */
function visibleMounts(text: string): Iterable<Mount> {
  const byPath = new Map<string, Mount>();
  for (const line of text.split('\n')) {
    const [device = '', escaped = '', fstype = ''] = line.split(' ');
    const path = escaped.replace(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8)));
    byPath.set(path, { device, path, fstype });
  }
  return byPath.values();
}
