/** What this host says of itself, as Telegraf's inputs would name it. */
import { readFile, statfs } from 'node:fs/promises';
import { cpus, freemem, loadavg, totalmem, uptime } from 'node:os';
import type { Point } from './to-line-protocol.js';

interface CpuTimes {
  readonly user: number;
  readonly nice: number;
  readonly sys: number;
  readonly idle: number;
  readonly irq: number;
}

/** Keeps the CPU times of the reading before, so that usage is of the time between. */
export function createHostReader(): () => Promise<Point[]> {
  let before = cpus().map((cpu) => cpu.times);
  return async () => {
    const now = cpus().map((cpu) => cpu.times);
    const points = readCpu(before, now);
    before = now;
    points.push(readMemory(), readLoad());
    return [...points, ...(await readDisks()), ...(await readNetwork())];
  };
}

function readCpu(before: readonly CpuTimes[], now: readonly CpuTimes[]): Point[] {
  const points: Point[] = [];
  const total = { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 };
  for (const [index, times] of now.entries()) {
    const last = before[index];
    if (!last) continue;
    const spent = { user: times.user - last.user, nice: times.nice - last.nice, sys: times.sys - last.sys, idle: times.idle - last.idle, irq: times.irq - last.irq };
    for (const key of Object.keys(total) as (keyof CpuTimes)[]) total[key] += spent[key];
    pushUsage(points, `cpu${index}`, spent);
  }
  pushUsage(points, 'cpu-total', total);
  return points;
}

function pushUsage(points: Point[], cpu: string, spent: CpuTimes): void {
  const whole = spent.user + spent.nice + spent.sys + spent.idle + spent.irq;
  if (whole <= 0) return;
  const percent = (ms: number): number => (100 * ms) / whole;
  points.push({
    measurement: 'cpu',
    tags: { cpu },
    fields: { usage_user: percent(spent.user), usage_nice: percent(spent.nice), usage_system: percent(spent.sys), usage_idle: percent(spent.idle), usage_irq: percent(spent.irq) },
  });
}

function readMemory(): Point {
  const total = totalmem();
  const available = freemem();
  return {
    measurement: 'mem',
    tags: {},
    fields: { total, available, used: total - available, used_percent: (100 * (total - available)) / total, available_percent: (100 * available) / total },
  };
}

function readLoad(): Point {
  const [load1 = 0, load5 = 0, load15 = 0] = loadavg();
  return { measurement: 'system', tags: {}, fields: { load1, load5, load15, n_cpus: cpus().length, uptime: uptime() } };
}

/** File systems on real devices, each once; where the system has no /proc/mounts, the root alone. */
async function readDisks(): Promise<Point[]> {
  const mounts = await readMounts();
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

async function readMounts(): Promise<{ device: string; path: string; fstype: string }[]> {
  const text = await readFile('/proc/mounts', 'utf8').catch(() => undefined);
  if (text === undefined) return [{ device: 'root', path: '/', fstype: 'unknown' }];
  const seen = new Set<string>();
  const mounts = [];
  for (const line of text.split('\n')) {
    const [device = '', path = '', fstype = ''] = line.split(' ');
    const real = device.startsWith('/dev/') || (path === '/' && device !== '');
    if (!real || seen.has(device)) continue;
    seen.add(device);
    mounts.push({ device: device.replace('/dev/', ''), path: path.replaceAll('\\040', ' '), fstype });
  }
  return mounts;
}

/** Counters of each interface. Linux only: other systems have no file for them, and their chart stays empty. */
async function readNetwork(): Promise<Point[]> {
  const text = await readFile('/proc/net/dev', 'utf8').catch(() => '');
  const points: Point[] = [];
  for (const line of text.split('\n').slice(2)) {
    const [name, rest] = line.split(':');
    const numbers = rest?.trim().split(/\s+/).map(Number);
    if (!name || !numbers || numbers.length < 12) continue;
    const [bytesRecv, packetsRecv, errIn, dropIn] = numbers;
    const [bytesSent, packetsSent, errOut, dropOut] = numbers.slice(8);
    points.push({
      measurement: 'net',
      tags: { interface: name.trim() },
      fields: { bytes_recv: bytesRecv!, packets_recv: packetsRecv!, err_in: errIn!, drop_in: dropIn!, bytes_sent: bytesSent!, packets_sent: packetsSent!, err_out: errOut!, drop_out: dropOut! },
    });
  }
  return points;
}
