/** What this host says of itself, as Telegraf's inputs would name it. */
import { readFile } from 'node:fs/promises';
import { cpus, freemem, loadavg, totalmem, uptime } from 'node:os';
import { createCpuReader } from './read-cpu.js';
import { readDisks } from './read-disks.js';
import type { Point } from './to-line-protocol.js';

/** Keeps the CPU times of the reading before, so that usage is of the time between. */
export function createHostReader(): () => Promise<Point[]> {
  const readCpu = createCpuReader();
  return async () => [...readCpu(), readMemory(), readLoad(), ...(await readDisks()), ...(await readNetwork())];
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
