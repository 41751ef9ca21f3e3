const everyMs = 100;

/** What `look` finds, asked again and again; rejects when it finds nothing in time. One that rejects has found nothing. */
export async function within<T>(limitMs: number, what: string, look: () => Promise<T | undefined>): Promise<T> {
  const untilMs = performance.now() + limitMs;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    if (performance.now() >= untilMs) throw new Error(`not within ${limitMs / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
