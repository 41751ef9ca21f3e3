/** Host agent: measures its own host, and probes services, and pushes to a collector like any agent. Read this file first. */
import { hostname } from 'node:os';
import type { Clock } from '@opsloop/ports';
import { periodicPart, type Logger, type Part } from '@opsloop/runtime';
import { probeService, type ProbedService } from './probe-service.js';
import { createHostReader } from './read-host.js';
import { toLineProtocol, type Point } from './to-line-protocol.js';

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
const mostWaiting = 1_200;

export function createHostAgent({ url, token, clock, logger, services = [], intervalMs = 1_000, hostName = hostname() }: HostAgentDeps): Part {
  const waiting: string[] = [];
  let dropped = 0;

  function keep(points: readonly Point[], tags: Readonly<Record<string, string>>, timeMs: number): void {
    waiting.push(toLineProtocol(points, tags, timeMs));
    while (waiting.length > mostWaiting) {
      waiting.shift();
      dropped += 1;
    }
    sending.wake();
  }

  async function send(signal: AbortSignal): Promise<void> {
    while (waiting.length > 0 && !signal.aborted) {
      const body = waiting[0]!;
      const response = await fetch(`${url()}/api/v2/write?precision=ms`, {
        method: 'POST',
        headers: { authorization: `Token ${token()}`, 'content-type': 'text/plain; charset=utf-8' },
        body,
        signal: AbortSignal.timeout(10_000),
      });
      if (response.status === 429 || response.status >= 500) throw new Error(`the collector answers ${response.status}`);
      if (response.status >= 400) logger.warn({ status: response.status, answer: await response.text() }, 'the collector refused a measurement');
      if (waiting[0] === body) waiting.shift();
    }
    if (dropped > 0) logger.warn({ dropped }, 'measurements of this host were dropped: the collector was away for too long');
    dropped = 0;
  }

  // On the full interval, so that samples fall at the same place of every window.
  const waitMs = (): number => intervalMs - (clock.now() % intervalMs);
  const measuring = (name: string, round: () => Promise<void>) =>
    periodicPart({ name, clock, waitsFirst: true, round, waitMs, onFailure: (error) => logger.warn({ err: error }, 'this host could not be measured') });
  const readHost = createHostReader();
  // Each goes its own way: a collector or a service that does not answer must not leave gaps in what is known of the host.
  const parts = [
    measuring('host measurements', async () => {
      const timeMs = clock.now();
      keep(await readHost(), { host: hostName }, timeMs);
    }),
    ...services.map((service) => measuring(`probes of ${service.name}`, async () => keep([await probeService(service)], {}, clock.now()))),
  ];
  const sending = periodicPart({
    name: 'sending of measurements', clock, waitsFirst: true, round: send, waitMs: () => intervalMs,
    onFailure: (error) => logger.debug({ err: error, waiting: waiting.length }, 'the collector takes nothing now; measurements wait'),
  });

  return {
    name: 'host agent',
    async start() {
      for (const part of [sending, ...parts]) await part.start();
    },
    async stop(deadlineMs) {
      await Promise.all([...parts, sending].map((part) => part.stop(deadlineMs)));
    },
  };
}
