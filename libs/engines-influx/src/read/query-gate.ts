/** Lets that many queries run at the same time; the others wait in order. */
export function createQueryGate(atOnce: number): <T>(query: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (query) => {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await query();
    } finally {
      // The place goes straight to the next one.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
