/** Templates of log lines: lines per CPU-second, for logs whose values vary and for logs in which names keep appearing. */
import { LogTemplateMiner } from '@opsloop/domain';

export interface LogTemplatesResult {
  /** Share of lines with a name that was never there before. */
  readonly newNames: number;
  readonly lines: number;
  readonly bytesPerLine: number;
  readonly linesPerCpuSecond: number;
  readonly templates: number;
  readonly stateBytes: number;
}

/** As programs write them: `#` a number, `@` an address, `~` an identifier, `^` a name. */
const shapes = [
  'Receiving block blk_# src: /@ dest: /@', 'PacketResponder # for block blk_# terminating', 'Took #.# seconds to build instance.',
  '@ "GET /v2/~/servers/detail HTTP/1.1" status: # len: # time: #.#', '[instance: ~] Attempting claim: memory # MB, disk # GB, vcpus # CPU',
  'Failed password for ^ from @ port # ssh2', 'session opened for user ^ by (uid=#)', 'level=info ts=2026-01-02T03:04:05.678Z caller=main.go:# msg="request served" path=/api/^ status=# took=#ms',
  'Block broadcast_#_piece# stored as bytes in memory (estimated size #.# KB, free #.# KB)', 'Finished task #.# in stage #.# (TID #). # bytes result sent to driver',
  'GC pause (young) #M->#M(#M), #.# secs', 'connection from @ () at Thu Jul  7 22:51:22 2005', 'checkpoint complete: wrote # buffers (#.#%); # files added, # removed',
  'Slow query (#.# s): user=^ db=shop rows=#', 'kernel: [#.#] eth0: link up, # Mbps, full duplex', 'worker process # exited with code #',
];
const lines = 400_000;

export function measureLogTemplates(newNames: number): LogTemplatesResult {
  const texts = Array.from(writeLines(lines, newNames));
  const warm = new LogTemplateMiner();
  for (const text of texts.slice(0, 50_000)) warm.add(text);
  const miner = new LogTemplateMiner();
  const before = process.cpuUsage();
  for (const text of texts) miner.add(text);
  const { user, system } = process.cpuUsage(before);
  return {
    newNames,
    lines,
    bytesPerLine: Math.round(texts.reduce((sum, text) => sum + text.length, 0) / lines),
    linesPerCpuSecond: Math.round(lines / ((user + system) / 1e6)),
    templates: miner.templateCount,
    stateBytes: JSON.stringify(miner.state()).length,
  };
}

function* writeLines(count: number, newNames: number): Iterable<string> {
  let random = 1;
  // By the high bits: the low ones of such a generator repeat soon.
  const next = (below: number) => Math.floor(((random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32) * below);
  const name = () => Array.from({ length: 7 }, () => String.fromCharCode(97 + next(26))).join('');
  const names = Array.from({ length: 20 }, name);
  const values: Record<string, () => string> = {
    '#': () => String(next(100_000)), '@': () => `10.${next(256)}.${next(256)}.${next(256)}:${next(65_536)}`,
    '~': () => [8, 4, 4, 4, 12].map((length) => Array.from({ length }, () => next(16).toString(16)).join('')).join('-'), '^': () => (next(1_000) < newNames * 1_000 ? name() : names[next(names.length)]!),
  };
  for (let i = 0; i < count; i++) yield shapes[next(shapes.length)]!.replaceAll(/[#@~^]/g, (sign) => values[sign]!());
}
