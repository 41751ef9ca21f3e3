/** Recorded series through the real server: history, tiers and alarms equal an independent computation, whatever happens on the way. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Alarm, Api, Page, QueryAnswer } from '@opsloop/contracts';
import { startServer, type ServerProcess } from '@opsloop/testing';
import { bucketsOf, episodesOf, quantileOf, type Bucket } from './expected.js';
import { readOwnMetrics } from './read-own-metrics.js';
import { replaySeries, type ReplaySeries } from './replay-series.js';

const { series, real } = replaySeries();
const windowMs = 60_000;
const latenessMs = 6 * 3_600_000;
const policyWindowMs = 900_000;
const holdMs = 1_800_000;
const settings = {
  OPSLOOP_WINDOW_MS: String(windowMs), OPSLOOP_GRACE_MS: '0', OPSLOOP_LATENESS_MS: String(latenessMs), OPSLOOP_IDLE_MS: '20000', OPSLOOP_CHECKPOINT_MS: '1500',
  OPSLOOP_RETENTION_RAW: 'forever', OPSLOOP_RETENTION_1M: 'forever', OPSLOOP_RETENTION_1H: 'forever', OPSLOOP_RETENTION_1D: 'forever', OPSLOOP_RETENTION_RECORDS: 'forever',
};

let folder: string;
let server: ServerProcess;

async function start(): Promise<void> {
  server = await startServer({ dataDir: join(folder, 'data'), settings, log: 'ignore' });
}

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const answer = await fetch(`${server.url}/api/v1/${path}`, { ...init, headers: { authorization: `Bearer ${server.adminToken}`, ...init.headers } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Sends one body until it is acknowledged, across restarts. */
async function send(body: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const status = await fetch(`${server.url}/api/v2/write?precision=ms`, { method: 'POST', headers: { authorization: `Token ${server.ingestToken}` }, body }).then((answer) => answer.status, () => 0);
    if (status === 204) return;
    if ((status !== 0 && status !== 429 && status !== 503) || tries > 400) throw new Error(`the server answered ${status} to ${body.slice(0, 200)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function bodiesOf(host: string, points: ReplaySeries['points'], perBody: number): string[] {
  const bodies = [];
  for (let i = 0; i < points.length; i += perBody) bodies.push(points.slice(i, i + perBody).map(([timeMs, value]) => `replay,host=${host} value=${value} ${timeMs}`).join('\n'));
  return bodies;
}

/** Swaps bodies with neighbours, deterministically; with 5 points of 5 minutes a body, two places are within the lateness. */
function shuffled(bodies: readonly string[]): string[] {
  const out = [...bodies];
  for (let i = 0; i + 2 < out.length; i += 3) [out[i], out[i + 2]] = [out[i + 2]!, out[i]!];
  return out;
}

async function eventually(check: () => Promise<void>, withinMs = 60_000): Promise<void> {
  const untilMs = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > untilMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

async function expectHistory(host: string, points: ReplaySeries['points'], stepMs: number, tier: string): Promise<void> {
  const [first, last] = [points[0]![0], points.at(-1)![0]];
  const answer = await ask<QueryAnswer>(`query?metric=replay.value&resource=${host}&from=${first - stepMs}&to=${last + 1}&step=${stepMs}&aggregate=count,sum,min,max,avg,last&fill=none`);
  expect(answer.tier).toBe(tier);
  const expected = bucketsOf(points, stepMs);
  for (const { aggregate, points: found } of answer.series) {
    // First what is told apart at once: while history is still on its way, the difference of two long lists is much work.
    expect(found.length).toBe(expected.size);
    expect(found.map(([startMs]) => startMs)).toEqual([...expected.keys()]);
    const differing = found.filter(([startMs, value]) => {
      const bucket = expected.get(startMs)!;
      const wanted = aggregate === 'avg' ? bucket.sum / bucket.count : bucket[aggregate as keyof Bucket];
      return !(Math.abs(value! - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted)));
    });
    expect(differing.slice(0, 10)).toEqual([]);
  }
  expect(answer.series).toHaveLength(6);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'opsloop-replay-'));
  await start();
  for (const { name, points } of series) {
    const body = {
      apiVersion: 'opsloop/v1', kind: 'Policy', metadata: { name: `high-${name}` },
      spec: { metric: 'replay.value', aggregate: 'AVG', window: `${policyWindowMs / 60_000}m`, target: { match: { host: name } }, threshold: { warn: `> ${quantileOf(points, 0.9)}` }, hold: `${holdMs / 60_000}m` },
    };
    await ask(`policies/high-${name}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  }
  // Windows that close before the trigger knows of a policy are not judged by it. There are policies to begin with, too.
  const { items } = await ask<Page<unknown>>('policies?limit=200');
  expect(items.length).toBeGreaterThan(series.length);
  await eventually(async () => expect((await readOwnMetrics(server.url)).sum('opsloop_trigger_policies')).toBe(items.length));
}, 90_000);

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const inOrder = series.filter((_, index) => index % 2 === 0);
const disturbed = series.filter((_, index) => index % 2 === 1);

describe('replay', () => {
  it('takes series in order, and others shuffled, sent twice and cut by kills', async () => {
    let killed = 0;
    const kills = (async () => {
      for (; killed < 3; killed++) {
        await new Promise((resolve) => setTimeout(resolve, 2_500));
        await server.kill();
        await start();
      }
    })();
    await Promise.all(inOrder.map(async ({ name, points }) => {
      for (const body of bodiesOf(name, points, 20)) await send(body);
    }));
    await Promise.all(disturbed.map(async ({ name, points }) => {
      for (const body of shuffled(bodiesOf(name, points, 5))) {
        await send(body);
        await send(body);
      }
    }));
    await kills;
    expect(killed).toBe(3);
  }, 180_000);

  it.each(series.map(({ name, points }) => [name, points] as const))('gives the history of %s in every tier', async (name, points) => {
    await eventually(() => expectHistory(name, points, windowMs, '1m'), 90_000);
    await eventually(() => expectHistory(name, points, 3_600_000, '1h'), 90_000);
    await eventually(() => expectHistory(name, points, 86_400_000, '1d'), 90_000);
  }, 300_000);

  it.each(inOrder.map(({ name, points }) => [name, points] as const))('opens and closes the alarms of %s when they are due', async (name, points) => {
    const expected = episodesOf(points, { windowMs: policyWindowMs, limit: quantileOf(points, 0.9), holdMs });
    await eventually(async () => {
      const alarms: Api<Alarm>[] = [];
      for (let cursor: string | undefined = ''; cursor !== undefined; ) {
        const page: Page<Api<Alarm>> = await ask(`alarms?policy=high-${name}&limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
        alarms.push(...page.items);
        cursor = page.nextCursor;
      }
      const found = alarms.map((alarm) => ({ pendingSince: Date.parse(alarm.pendingSince), openedAt: Date.parse(alarm.openedAt), resolvedAt: alarm.resolvedAt ? Date.parse(alarm.resolvedAt) : undefined }));
      expect(found.toSorted((a, b) => a.openedAt - b.openedAt)).toEqual(expected);
    });
    expect(expected.length).toBeGreaterThan(0);
  }, 120_000);

  (real ? it : it.skip)(`holds for at least six real series (they lie beside the project: ${real})`, () => {
    expect(series.filter(({ name }) => !name.startsWith('made-')).length).toBeGreaterThanOrEqual(6);
  });
});
