/** What steps print: live on runs.v1, and kept in bounded pieces in `run-logs`. */
import { collections, type Run, type RunLog } from '@opsloop/contracts';
import { labelOf, logPrefix, type AttemptRef } from '@opsloop/domain';
import type { OutputChunk } from '@opsloop/ports';
import { retryWhileDown, type ServiceContext } from '@opsloop/runtime';
import { createLiveLog } from './live-log.js';

export interface StepLog {
  write(chunk: OutputChunk): void;
  /** Keeps what waits; resolves when all of it is stored. */
  end(): Promise<void>;
  /** The end of the output, at most `bytes` of UTF-8. */
  tail(bytes: number): string;
}

const firstPauseMs = 250;
const longestPauseMs = 5_000;
const pieceChars = 16_384;
/** Of whole characters: half of one is no text, and would be stored as a question mark. */
const pieces = new RegExp(`.{1,${pieceChars}}`, 'gsu');
const tailChars = 32_768;

/**
 * The log of one attempt. Pieces are at most 16 Ki characters; pauses between them grow with the number of pieces, so that a step
 * which runs all day leaves some ten thousand, not some hundred thousand. Nothing is written once `halted` aborts.
 */
export function createStepLog(context: ServiceContext, run: Run, ref: AttemptRef, halted: AbortSignal): StepLog {
  const { documents, clock, logger } = context;
  const logs = documents.collection<RunLog>(collections.runLogs);
  const live = createLiveLog(context.bus, run);
  const step = labelOf(ref);
  const prefix = logPrefix(run.id, { ...ref, step });
  let waiting: OutputChunk[] = [];
  let kept = '';
  let number = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const cut = toPieces(waiting);
    waiting = [];
    if (cut.length === 0) return;
    writing = writing.then(() => store(cut)).catch((error: unknown) => {
      if (!halted.aborted) logger.warn({ err: error, run: run.id, step }, 'output of a step was lost');
    });
  }

  async function store(cut: readonly OutputChunk[]): Promise<void> {
    for (const { stream, text } of cut) {
      if (halted.aborted) return;
      number += 1;
      const atMs = clock.now();
      const log: RunLog = { id: `${prefix}/${String(number).padStart(6, '0')}`, tenant: run.tenant, run: run.id, target: ref.target, job: ref.job, step, attempt: ref.attempt, number, stream, atMs, text };
      await retryWhileDown(() => logs.insert(log), { clock, signal: halted, onRetry: () => undefined });
      live.tell(log);
    }
  }

  return {
    write(chunk) {
      if (chunk.text === '') return;
      waiting.push(chunk);
      kept = (kept + chunk.text).slice(-tailChars);
      if (waiting.reduce((sum, one) => sum + one.text.length, 0) >= pieceChars) flush();
      else timer ??= setTimeout(flush, Math.min(longestPauseMs, firstPauseMs * (1 + Math.floor(number / 40))));
    },
    async end() {
      flush();
      await writing;
    },
    tail: (bytes) => tailOf(kept, bytes),
  };
}

/** Joins neighbours of one stream, and cuts what is longer than a piece. */
function toPieces(chunks: readonly OutputChunk[]): OutputChunk[] {
  const joined: OutputChunk[] = [];
  for (const { stream, text } of chunks) {
    const last = joined.at(-1);
    if (last?.stream === stream) joined[joined.length - 1] = { stream, text: last.text + text };
    else joined.push({ stream, text });
  }
  return joined.flatMap(({ stream, text }) => (text.match(pieces) ?? []).map((piece) => ({ stream, text: piece })));
}

/** Control characters would grow sixfold in the document, and mean nothing there. */
function tailOf(text: string, bytes: number): string {
  const clean = text.replaceAll(/[^\P{Cc}\n\t]/gu, '\u00b7');
  const encoded = Buffer.from(clean);
  if (encoded.length <= bytes) return clean;
  let start = encoded.length - bytes;
  while (start < encoded.length && (encoded[start]! & 0xc0) === 0x80) start += 1;
  return encoded.subarray(start).toString();
}
