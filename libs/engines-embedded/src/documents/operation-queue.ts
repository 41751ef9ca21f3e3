import type { CollectionSpec } from '@opsloop/ports';
import { EngineError } from '@opsloop/ports';
import type { DocumentsReply, DocumentsRequest, Operation, OperationResult } from './document-messages.js';

/** Gathers operations while the worker is busy, and hands them over as one commit. */
export interface OperationQueue {
  run(spec: CollectionSpec, operation: Operation): Promise<OperationResult>;
  /** The worker is new and knows no collection. */
  forgetDeclared(): void;
  drained(): Promise<void>;
}

interface Waiting {
  readonly spec: CollectionSpec;
  readonly operation: Operation;
  resolve(result: OperationResult): void;
  reject(error: unknown): void;
}

const operationsAtMost = 512;
/** Others wait for a commit, so it does not grow without end. */
const bytesAtMost = 4 * 2 ** 20;

export function createOperationQueue(send: (request: DocumentsRequest, transfer: ArrayBuffer[]) => Promise<DocumentsReply>): OperationQueue {
  const queue: Waiting[] = [];
  let declared = new WeakSet<CollectionSpec>();
  let busy = false;
  let turn: NodeJS.Immediate | undefined;

  function schedule(): void {
    if (busy || turn || queue.length === 0) return;
    turn = setImmediate(() => {
      turn = undefined;
      void ship();
    });
  }

  function take(): Waiting[] {
    let bytes = 0;
    const end = queue.findIndex(({ operation }, i) => i >= operationsAtMost || (bytes += bytesOf(operation)) > bytesAtMost);
    return queue.splice(0, end === -1 ? queue.length : Math.max(1, end));
  }

  async function ship(): Promise<void> {
    busy = true;
    const taken = take();
    const declaredNow = declared;
    const specs = [...new Set(taken.map(({ spec }) => spec))].filter((spec) => !declaredNow.has(spec));
    try {
      const { results } = await send({ specs, operations: taken.map(({ operation }) => operation) }, taken.flatMap(({ operation }) => buffersOf(operation)));
      for (const spec of specs) declaredNow.add(spec);
      results.forEach((one, i) => {
        if ('failure' in one) taken[i]!.reject(new EngineError(one.failure.message, one.failure));
        else taken[i]!.resolve(one.result);
      });
    } catch (error) {
      for (const one of taken) one.reject(error);
    } finally {
      busy = false;
      schedule();
    }
  }

  return {
    run: (spec, operation) =>
      new Promise((resolve, reject) => {
        queue.push({ spec, operation, resolve, reject });
        schedule();
      }),
    forgetDeclared: () => void (declared = new WeakSet()),
    async drained() {
      while (busy || queue.length > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    },
  };
}

function bytesOf(operation: Operation): number {
  return 'write' in operation ? operation.write.json.length + (operation.write.bytes?.length ?? 0) : 0;
}

function buffersOf(operation: Operation): ArrayBuffer[] {
  return 'write' in operation && operation.write.bytes ? [operation.write.bytes.buffer as ArrayBuffer] : [];
}
