/** Calls `work` at once after a quiet time, and at most every `paceMs` while calls keep coming; the last is never lost. */
export function createPacedCall(paceMs: number, work: () => void): () => void {
  let lastMs = -Infinity;
  let timer: NodeJS.Timeout | undefined;

  function call(): void {
    timer = undefined;
    lastMs = performance.now();
    work();
  }

  return () => {
    if (timer) return;
    const waitMs = lastMs + paceMs - performance.now();
    if (waitMs > 0) timer = setTimeout(call, waitMs);
    else call();
  };
}
