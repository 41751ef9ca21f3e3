import type { Point } from './to-line-protocol.js';

export interface ProbedService {
  readonly name: string;
  /** Undefined: it says itself that it is down (no address known). */
  url(): Promise<string | undefined>;
}

const timeoutMs = 2_000;

/** One health check over HTTP: up is 1 for an answer below 400 within two seconds, else 0. */
export async function probeService(service: ProbedService): Promise<Point> {
  const startMs = performance.now();
  const status = await ask(service);
  const up = status !== undefined && status < 400;
  return {
    measurement: 'health',
    tags: { host: service.name, kind: 'service', service: service.name },
    fields: { up: up ? 1 : 0, response_time: (performance.now() - startMs) / 1000, ...(status !== undefined && { status }) },
  };
}

async function ask(service: ProbedService): Promise<number | undefined> {
  try {
    const url = await service.url();
    if (url === undefined) return undefined;
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'manual' });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}
