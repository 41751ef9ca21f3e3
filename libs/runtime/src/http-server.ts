import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Logger } from './service/logger.js';
import type { Part } from './part/part.js';

export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  handler(request: IncomingMessage, response: ServerResponse): void;
  readonly logger: Logger;
  /** Ends what would never end by itself, such as live streams. */
  beforeStop?(): void;
  /** Within which a request must be whole; default 75 s, more than what any handler gives it. */
  readonly maxRequestMs?: number;
}

const badRequest = 'HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n';
// Behind a stall of ours Node looks at its clock before it reads what had come, and most agents drop what is answered with a 4xx.
const sendAgain = 'HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n';

/**
 * One HTTP/1.1 server with limits against slow and greedy clients. `url()` is known after start.
 * A stop takes no more connections, and lets every answer that is under way reach its end, for 5 s.
 */
export function createHttpServer({ host, port, handler, logger, beforeStop, maxRequestMs = 75_000 }: HttpServerOptions): Part & { url(): string } {
  const server = createServer({ headersTimeout: Math.min(10_000, maxRequestMs), requestTimeout: maxRequestMs, keepAliveTimeout: 65_000, connectionsCheckingInterval: 2_000, maxHeaderSize: 16_384 }, take);
  const underWay = new Map<Socket, number>();
  let stopping = false;
  server.maxConnections = 10_000;
  // Node's own counts a connection as idle whose answer is still being sent, and would cut the answer off.
  server.closeIdleConnections = () => undefined;
  server.on('connection', (socket) => {
    underWay.set(socket, 0);
    socket.once('close', () => underWay.delete(socket));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (socket.writable) socket.end(error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? sendAgain : badRequest);
    else socket.destroy();
  });

  function take(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    // It came when this end had said goodbye: nobody would hear the answer.
    if (socket.writableEnded) return void socket.destroy();
    count(socket, 1);
    response.once('close', () => count(socket, -1));
    handler(request, response);
  }

  function count(socket: Socket, change: number): void {
    const before = underWay.get(socket);
    if (before === undefined) return;
    underWay.set(socket, before + change);
    if (stopping && before + change === 0) socket.end();
  }

  return {
    name: 'http server',
    async start() {
      if (server.listening) return;
      stopping = false;
      await new Promise<void>((resolve, reject) => {
        server.once('error', (error: NodeJS.ErrnoException) => {
          reject(new Error(whyNotListening(host, port, error)));
        });
        server.listen(port, host, resolve);
      });
      server.on('error', (error) => logger.error({ err: error }, 'http server'));
    },
    async stop(deadlineMs) {
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      stopping = true;
      beforeStop?.();
      for (const [socket, requests] of underWay) if (requests === 0) socket.end();
      const cut = setTimeout(() => server.closeAllConnections(), Math.max(0, Math.min(deadlineMs, 5_000)));
      await closed;
      clearTimeout(cut);
    },
    url() {
      const address = server.address() as AddressInfo | null;
      const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
      return `http://${shown}:${address?.port ?? port}`;
    },
  };
}

/** One line that names the setting and the mend. */
function whyNotListening(host: string, port: number, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return `OPSLOOP_HTTP_PORT: port ${port} on ${host} is taken: stop what uses it, or set another port`;
  if (code === 'EACCES') return `OPSLOOP_HTTP_PORT: port ${port} is for privileged processes here: set one from 1024 upwards`;
  return `OPSLOOP_HTTP_HOST=${host} is no address of this machine (${code ?? message}): set one of its own, or 0.0.0.0 for all`;
}
