/** The thread that owns the log's file: main never waits for a disk. */
import { statfsSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { partitionsOf } from '@opsloop/contracts/topics';
import { serveWorker } from '../worker/serve-worker.js';
import { createFaultPoint } from '../worker/fault-point.js';
import { tocEntryBytes } from './frame.js';
import { LogFile } from './log-file.js';
import type { LogOpened, LogRequest, LogWorkerData } from './log-messages.js';

const { dataDir, maxBytes, faultPoint } = workerData as LogWorkerData;
/** Full above the limit, and until it has fallen below this share of it: no flapping. */
const fullUntilShare = 0.95;
/** Space that is left to consumers, so that they can drain the log: this much, or a fiftieth of a small disk. */
const reserveBytes = 64 * 2 ** 20;

serveWorker<LogRequest>('the embedded bus', () => {
  const reach = createFaultPoint(faultPoint);
  const log = new LogFile(dataDir);
  let usedBytes = log.usedBytes();
  let diskShort = isDiskShort();
  let full = diskShort || usedBytes > maxBytes;

  function isDiskShort(): boolean {
    const { bavail, blocks, bsize } = statfsSync(dataDir);
    return bavail * bsize < Math.min(reserveBytes, (blocks * bsize) / 50);
  }

  function isFull(): boolean {
    full = diskShort || usedBytes > (full ? maxBytes * fullUntilShare : maxBytes);
    return full;
  }

  function append({ mailbox, rows, timeMs, positions }: LogRequest & { kind: 'append' }) {
    const parts = rows.map(({ topic, start, end }) => {
      const tocBytes = partitionsOf(topic) * tocEntryBytes;
      return { topic, toc: Buffer.from(mailbox, start, tocBytes), bytes: Buffer.from(mailbox, start + tocBytes, end - start - tocBytes) };
    });
    reach('bus.before-commit');
    const rowIds = log.append(parts, timeMs, positions);
    reach('bus.after-commit');
    for (const { start, end } of rows) usedBytes += end - start;
    return { rowIds, full: isFull() };
  }

  const opened: LogOpened = { heads: log.heads(), groups: log.groups(), timeMs: log.lastTimeMs(), full };
  return {
    opened,
    handle(request) {
      switch (request.kind) {
        case 'append':
          return append(request);
        case 'join':
          return log.join(request.topic, request.group);
        case 'locate':
          return log.locate(request.topic, request.partition, request.position);
        case 'locate-time':
          return log.locateTime(request.topic, request.timeMs);
        case 'read':
          return log.read(request.topic, request.fromRow, request.maxBytes);
        case 'trim': {
          const { more, forgotten } = log.trim(request.nowMs, full);
          usedBytes = log.usedBytes();
          diskShort = isDiskShort();
          return { full: isFull(), more, forgotten };
        }
      }
    },
    close: () => log.close(),
  };
});
