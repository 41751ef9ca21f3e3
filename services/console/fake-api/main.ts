/** Serves the built page against the fake API, to look at it: node dist/fake-api/main.js [port]. Sign in with "letmein". */
import { startFakeServer } from './fake-server.js';

const server = await startFakeServer({ pageDir: new URL('../page/', import.meta.url), port: Number(process.argv[2] ?? 4173) });
console.log(`${server.url} (token: letmein)`);
