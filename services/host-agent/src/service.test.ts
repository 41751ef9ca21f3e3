import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger, createSystemClock } from '@opsloop/runtime';
import { createHostAgent } from './service.js';

const intervalMs = 50;

/** Answers 204 to all but what it holds back. */
async function listen(): Promise<{ url: string; bodies: string[]; held: ServerResponse[]; isHolding: boolean; server: Server }> {
  const bodies: string[] = [];
  const held: ServerResponse[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      if (stand.isHolding) return void held.push(response);
      bodies.push(body);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stand = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies, held, isHolding: false, server };
  return stand;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const timesOf = (bodies: readonly string[], start: string): number[] => [...new Set(bodies.flatMap((body) => body.split('\n').filter((line) => line.startsWith(start)).map((line) => Number(line.split(' ').at(-1)))))];

describe('host agent', () => {
  it('goes on measuring while the collector takes a request and does not answer, and sends it all later', async () => {
    const collector = await listen();
    const agent = createHostAgent({ url: () => collector.url, token: () => 't', clock: createSystemClock(), logger: createLogger('silent', 'test'), intervalMs, hostName: 'a' });
    collector.isHolding = true;
    await agent.start();
    await pause(20 * intervalMs);
    const silentToMs = Date.now();
    expect(collector.held).toHaveLength(1);
    collector.isHolding = false;
    collector.held[0]!.writeHead(503).end();
    await pause(6 * intervalMs);
    await agent.stop(1_000);
    expect(timesOf(collector.bodies, 'mem,host=a').filter((timeMs) => timeMs < silentToMs).length).toBeGreaterThan(8);
    collector.server.close();
  });

  it('measures its host in step while a service that it probes hangs', async () => {
    const collector = await listen();
    const hanging = await listen();
    hanging.isHolding = true;
    const agent = createHostAgent({ url: () => collector.url, token: () => 't', clock: createSystemClock(), logger: createLogger('silent', 'test'), intervalMs, hostName: 'a', services: [{ name: 'shop', url: async () => hanging.url }] });
    await agent.start();
    await pause(20 * intervalMs);
    expect(timesOf(collector.bodies, 'mem,host=a').length).toBeGreaterThan(8);
    await pause(2_000);
    await agent.stop(5_000);
    expect(collector.bodies.join('')).toMatch(/^health,host=shop,kind=service,service=shop up=0,/m);
    collector.server.close();
    hanging.server.closeAllConnections();
    hanging.server.close();
  });
});
