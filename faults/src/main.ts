/** Kills all-in-one at named points under load, again and again, then lets a ledger judge. `node dist/main.js --kills 120 --seed 1`; `--points a,b` for some points alone. */
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startServer, type ServerProcess } from '@opsloop/testing';
import { startAcknowledger } from './acknowledger.js';
import { faultDefinitions } from './definitions.js';
import { faultPoints, patienceMs, planKills, type PlannedKill } from './fault-points.js';
import { judge } from './judge.js';
import { startLoad, type Load } from './load.js';
import { startMailSink, type MailSink } from './mail-sink.js';

const { values } = parseArgs({ options: { kills: { type: 'string', default: '120' }, seed: { type: 'string', default: '1' }, hosts: { type: 'string', default: '4' }, fresh: { type: 'boolean', default: false }, points: { type: 'string' } } });
const kills = Number(values.kills);
const seed = Number(values.seed);
const points = values.points?.split(',') ?? Object.keys(faultPoints);
const wrongPoint = points.find((point) => !(point in faultPoints));
if (wrongPoint !== undefined) throw new Error(`--points: there is no point ${wrongPoint} in faults/src/fault-points.ts`);
const folder = fileURLToPath(new URL(`../../data/faults/${seed}-${kills}${values.points === undefined ? '' : '-some'}`, import.meta.url));
const progressPath = join(folder, 'progress.json');
const effectsPath = join(folder, 'effects.txt');

interface Progress {
  done: { point: string; passing: number; how: string }[];
}

if (values.fresh || !existsSync(progressPath)) rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const progress: Progress = existsSync(progressPath) ? (JSON.parse(readFileSync(progressPath, 'utf8')) as Progress) : { done: [] };
if (progress.done.length > 0) console.log(`going on after ${progress.done.length} kills`);

const mail = await startMailSink();
const log = openSync(join(folder, 'server.log'), 'a');
const load = startLoad({ hosts: Number(values.hosts), token: 'test-ingest-token-000', ledgerPath: join(folder, 'ledger.jsonl') });

let address: ServerProcess | undefined;
const person = startAcknowledger((path, method) => (address ? ask(address, path, method) : Promise.reject(new Error('the server is down'))));
let server = await start();
await applyDefinitions(server);
await server.stop();
for (const planned of planKills(kills, seed, points).slice(progress.done.length)) {
  const how = await killAt(planned, load);
  progress.done.push({ ...planned, how });
  writeFileSync(progressPath, JSON.stringify(progress));
  console.log(`${String(progress.done.length).padStart(4)}  ${planned.point} (${planned.passing}): ${how}`);
}

const beganMs = performance.now();
server = await start();
reachable(server, load);
await load.finish();
await quiet(server);
await person.stop();
console.log(`caught up in ${((performance.now() - beganMs) / 1000).toFixed(1)} s`);
const { figures, broken } = await judge({ sent: load.sent, abandoned: load.abandoned, mail: mail.received, effectsPath, kills, acknowledged: person.taken, get: (path) => ask(server, path) });
await server.stop();
await mail.stop();
report(progress, mail, load);
for (const [name, figure] of Object.entries(figures)) console.log(`${name.padEnd(18)} ${figure}`);
for (const promise of broken.slice(0, 50)) console.log(`BROKEN ${promise}`);
const wrong = [...broken, ...load.wrongAnswers];
console.log(`faults: ${progress.done.length} passed, ${wrong.length} failed`);
if (wrong.length === 0) rmSync(folder, { recursive: true, force: true });
process.exit(wrong.length === 0 ? 0 : 1);

function start(faultPoint?: string): Promise<ServerProcess> {
  return startServer({
    dataDir: join(folder, 'data'),
    log,
    settings: {
      OPSLOOP_WINDOW_MS: '1000', OPSLOOP_GRACE_MS: '300', OPSLOOP_LATENESS_MS: '120000', OPSLOOP_CHECKPOINT_MS: '2000', OPSLOOP_SMTP_URL: mail.url, OPSLOOP_LOG_LEVEL: 'info',
      ...(faultPoint !== undefined && { OPSLOOP_FAULT_POINT: faultPoint }),
    },
  });
}

async function applyDefinitions({ url, adminToken }: ServerProcess): Promise<void> {
  for (const { path, body } of faultDefinitions(effectsPath)) {
    const answer = await fetch(`${url}/api/v1/${path}`, { method: 'PUT', headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  }
}

function reachable(running: ServerProcess | undefined, agents: Load): void {
  agents.setUrl(running?.url);
  address = running;
}

/** Starts the server armed, and waits until it has killed itself; a point that is not passed in time is a kill at a random moment. */
async function killAt({ point, passing }: PlannedKill, agents: Load): Promise<string> {
  let armed: ServerProcess;
  try {
    armed = await start(`${point}:${passing}`);
  } catch (error) {
    if (String(error).includes('SIGKILL')) return 'killed during the start';
    throw error;
  }
  reachable(armed, agents);
  const withinMs = patienceMs(point);
  const late = new Promise<'late'>((resolve) => setTimeout(resolve, withinMs, 'late').unref());
  const ended = await Promise.race([armed.ended, late]);
  reachable(undefined, agents);
  if (ended === 'late') {
    await armed.kill();
    return `not passed within ${withinMs / 1000} s: killed there and then`;
  }
  if (ended !== 'SIGKILL') throw new Error(`the server ended with ${ended} instead of being killed at ${point}`);
  return 'killed';
}

/** Until alarms are resolved and work orders settled, or two minutes have gone. */
async function quiet(running: ServerProcess): Promise<void> {
  const untilMs = Date.now() + 120_000;
  for (let calm = 0; calm < 3 && Date.now() < untilMs; ) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const waiting = await Promise.all(['work-orders?state=requested,approved,assigned,ready,running,succeeded', 'notices?state=queued'].map((path) => ask<{ items: unknown[] }>(running, path)));
    calm = waiting.every(({ items }) => items.length === 0) ? calm + 1 : 0;
  }
  await new Promise((resolve) => setTimeout(resolve, 8_000));
}

async function ask<T>({ url, adminToken }: ServerProcess, path: string, method = 'GET'): Promise<T> {
  const body = method === 'POST' ? { body: '{}' } : {};
  const answer = await fetch(`${url}/api/v1/${path}`, { method, headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' }, signal: AbortSignal.timeout(10_000), ...body });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

function report({ done }: Progress, { received }: MailSink, { retries }: Load): void {
  const seen = new Map<string, { killed: number; missed: number }>();
  for (const { point, how } of done) {
    const known = seen.get(point) ?? { killed: 0, missed: 0 };
    seen.set(point, how.startsWith('killed') ? { ...known, killed: known.killed + 1 } : { ...known, missed: known.missed + 1 });
  }
  console.log('\n| point | killed there | not passed in time, killed anyway |\n|---|---|---|');
  for (const [point, { killed, missed }] of [...seen].toSorted(([a], [b]) => (a < b ? -1 : 1))) console.log(`| ${point} | ${killed} | ${missed} |`);
  const untried = points.filter((point) => !seen.has(point));
  const unreached = [...seen].filter(([, { killed }]) => killed === 0).map(([point]) => point);
  console.log(`\npoints killed at ${seen.size - unreached.length} of ${points.length}`);
  console.log(`points never reached in time: ${unreached.join(', ') || 'none'}`);
  if (untried.length > 0) console.log(`points that this run had no turn for: ${untried.join(', ')}`);
  console.log(`batches sent again ${retries()}, mails ${received.size}`);
}
