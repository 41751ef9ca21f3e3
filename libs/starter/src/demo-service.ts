/** A small web service, a process of its own, that exists to be stopped and repaired. Usage: node demo-service.js FOLDER */
import { renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const folder = process.argv[2] ?? '.';
const startedMs = Date.now();

const server = createServer((_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ service: 'opsloop-demo', pid: process.pid, upSeconds: Math.round((Date.now() - startedMs) / 1000) }));
});

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  const path = join(folder, 'demo.json');
  writeFileSync(`${path}.${process.pid}`, JSON.stringify({ pid: process.pid, url: `http://127.0.0.1:${port}/` }));
  renameSync(`${path}.${process.pid}`, path);
});
process.on('SIGTERM', () => process.exit(0));
