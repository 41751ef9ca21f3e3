import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answerChange } from './changes.js';
import { createEvents, type FakeEvents } from './events.js';
import { problem, type FakeAnswer, type FakeRequest } from './fake-answer.js';
import { answerRead } from './reads.js';
import { createWorld, type World } from './world.js';

/** A test double of services/api for the page alone: the same paths and shapes, data that lives in memory. */
export interface FakeServer {
  readonly url: string;
  readonly world: World;
  readonly events: FakeEvents;
  stop(): Promise<void>;
}

const types: Readonly<Record<string, string>> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' };
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

export async function startFakeServer({ pageDir, port = 0, delayMs = 0 }: { readonly pageDir: URL; readonly port?: number; readonly delayMs?: number }): Promise<FakeServer> {
  const world = createWorld(Date.now());
  const events = createEvents(world);
  const server = createServer((request, response) => void handle(request, response));

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    response.setHeader('content-security-policy', policy);
    if (!url.pathname.startsWith('/api/v1/')) return sendFile(fileURLToPath(pageDir), url.pathname, response);
    const path = url.pathname.slice('/api/v1/'.length).split('/').map(decodeURIComponent);
    const body = await readBody(request);
    const signedIn = /opsloop_session=yes/.test(request.headers.cookie ?? '');
    if (path[0] === 'session') return session(request.method ?? '', body, response);
    if (!signedIn) return send(response, problem(401, 'Not signed in', 'There is no session.'));
    if (path[0] === 'events') return events.follow(response);
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    const asked: FakeRequest = { method: request.method ?? 'GET', path, query: url.searchParams, body };
    send(response, (asked.method === 'GET' ? answerRead(world, asked) : answerChange(world, events, asked)) ?? problem(404, 'Not found', `There is no ${asked.path.join('/')}.`));
  }

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : port}`,
    world,
    events,
    async stop() {
      events.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function session(method: string, body: string, response: ServerResponse): void {
  const good = method === 'DELETE' || (JSON.parse(body) as { token: string }).token === 'letmein';
  if (!good) return send(response, problem(401, 'Not signed in', 'This token is not known or has expired.'));
  response.setHeader('set-cookie', `opsloop_session=${method === 'DELETE' ? '; Max-Age=0' : 'yes'}; HttpOnly; SameSite=Strict; Path=/`);
  send(response, { status: 204 });
}

function send(response: ServerResponse, { status, body }: FakeAnswer): void {
  response.writeHead(status, body ? { 'content-type': status >= 400 ? 'application/problem+json' : 'application/json' } : {});
  response.end(body ? JSON.stringify(body) : undefined);
}

function sendFile(root: string, path: string, response: ServerResponse): void {
  const wanted = join(root, normalize(path));
  const file = wanted.startsWith(root) && existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(root, 'index.html');
  response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' });
  createReadStream(file).pipe(response);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
