/** Host agent: measures its own host, and probes services, and pushes to a collector like any agent. Read this file first. */
import { hostname } from 'node:os';
import type { Clock } from '@opsloop/ports';
import { periodicPart, type Logger, type Part } from '@opsloop/runtime';
import { probeService, type ProbedService } from './probe-service.js';
import { createHostReader } from './read-host.js';
import { toLineProtocol } from './to-line-protocol.js';

export interface HostAgentDeps {
  /** Address of the collector, without path. */
  url(): string;
  token(): string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly services?: readonly ProbedService[];
  readonly intervalMs?: number;
  /** Default: what the system calls it. */
  readonly hostName?: string;
}

/** Bodies that wait while the collector cannot take them; the oldest goes first when it is full. */
const mostWaiting = 600;

export function createHostAgent({ url, token, clock, logger, services = [], intervalMs = 1_000, hostName = hostname() }: HostAgentDeps): Part {
  const waiting: string[] = [];
  let dropped = 0;

  async function measure(readHost: ReturnType<typeof createHostReader>): Promise<void> {
    const [host, probes] = await Promise.all([readHost(), Promise.all(services.map(probeService))]);
    const timeMs = clock.now();
    waiting.push(toLineProtocol(host, { host: hostName }, timeMs) + toLineProtocol(probes, {}, timeMs));
    while (waiting.length > mostWaiting) {
      waiting.shift();
      dropped += 1;
    }
  }

  async function send(signal: AbortSignal): Promise<void> {
    while (waiting.length > 0 && !signal.aborted) {
      const response = await fetch(`${url()}/api/v2/write?precision=ms`, {
        method: 'POST',
        headers: { authorization: `Token ${token()}`, 'content-type': 'text/plain; charset=utf-8' },
        body: waiting[0]!,
        signal: AbortSignal.timeout(10_000),
      });
      if (response.status === 429 || response.status >= 500) throw new Error(`the collector answers ${response.status}`);
      if (response.status >= 400) logger.warn({ status: response.status, answer: await response.text() }, 'the collector refused a measurement');
      waiting.shift();
    }
  }

  const readHost = createHostReader();
  return periodicPart({
    name: 'host agent',
    clock,
    waitsFirst: true,
    async round(signal) {
      await measure(readHost);
      await send(signal);
      if (dropped > 0) logger.warn({ dropped }, 'measurements of this host were dropped: the collector was away for too long');
      dropped = 0;
    },
    // On the full interval, so that samples fall at the same place of every window.
    waitMs: () => intervalMs - (clock.now() % intervalMs),
    onFailure: (error) => logger.debug({ err: error, waiting: waiting.length }, 'the collector takes nothing now; measurements wait'),
  });
}
