/** A policy is written in a real browser against recorded history: its backtest, another limit, what saving changes, and that it judges. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Alarm, Api, BacktestAnswer, BacktestItem, DefinitionAnswer, Page as Items } from '@opsloop/contracts';
import { eventually, pause, startServer, type ServerProcess } from '@opsloop/testing';
import type { Page } from 'playwright-core';
import { episodesOf, quantileOf } from './expected.js';
import { browserPath, openBrowser } from './open-browser.js';
import { readOwnMetrics } from './read-own-metrics.js';
import { replaySeries, type ReplaySeries } from './replay-series.js';

const sometimes = browserPath ? describe : describe.skip;
const title = browserPath ? 'writing a policy' : 'writing a policy (skipped: there is no Chromium on this machine)';
const shots = process.env['SCREENSHOT_DIR'];
const windowMs = 300_000;
const pollMs = 150;
const { series, real } = replaySeries();
const made = shifted(series.find(({ name }) => name === 'made-rough')!);
const recorded = real ? shifted(series.find(({ name }) => name === 'ec2-cpu-utilization-5f5533')!) : undefined;
/** Base windows are kept for ever and coarser ones not: nobody waits for a tier. */
const settings = { OPSLOOP_WINDOW_MS: '60000', OPSLOOP_GRACE_MS: '0', OPSLOOP_LATENESS_MS: '0', OPSLOOP_IDLE_MS: '20000', OPSLOOP_RETENTION_RAW: 'forever', OPSLOOP_RETENTION_1M: '1d' };

/** As if it had been measured until a quarter of an hour ago. */
function shifted({ name, points }: ReplaySeries): ReplaySeries {
  const byMs = Math.floor((Date.now() - 900_000 - points.at(-1)![0]) / windowMs) * windowMs;
  return { name, points: points.map(([timeMs, value]) => [timeMs + byMs, value]) };
}

function policyText(host: string, limit: number): string {
  return `apiVersion: opsloop/v1\nkind: Policy\nmetadata:\n  name: busy-${host}\nspec:\n  metric: replay.value\n  window: 5m\n  target: { match: { host: ${host} } }\n  threshold: { warn: "> ${limit}" } # by experience\n  hold: 10m\n  receivers: [desk]\n  scenarios: [restart]\n`;
}

/** One page and at most one work order for each alarm. */
const definitions = {
  'receivers/desk': 'apiVersion: opsloop/v1\nkind: Receiver\nmetadata: { name: desk }\nspec: { channel: mail, to: [desk@example.org], groupWait: 0s, groupInterval: 1m }\n',
  'playbooks/restart-app': 'name: restart-app\nfor: { class: MW, category: web, software: app }\nsteps: [{ id: restart, uses: local, run: ["true"] }]\n',
  'scenarios/restart': 'apiVersion: opsloop/v1\nkind: Scenario\nmetadata: { name: restart }\nspec: { cooldown: 12h, levels: { warn: [{ do: work-order, playbook: restart-app, approval: required }] } }\n',
};

/** Limits of few digits: what people write, and what the suggestion offers too. */
function limitAt({ points }: ReplaySeries, share: number): number {
  return Number(quantileOf(points, share).toPrecision(3));
}

const alarmsAt = ({ points }: ReplaySeries, limit: number): number => episodesOf(points, { windowMs, limit, holdMs: 600_000 }).length;

sometimes(title, () => {
  let folder: string;
  let server: ServerProcess;
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  let page: Page;
  const complaints: string[] = [];

  async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
    const answer = await fetch(`${server.url}/api/v1/${path}`, { ...init, headers: { authorization: `Bearer ${server.adminToken}`, ...init.headers } });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  async function askBacktest(body: string, from: string): Promise<BacktestItem> {
    const { items } = await ask<BacktestAnswer>(`policies/backtest?from=${from}`, { method: 'POST', headers: { 'content-type': 'application/yaml' }, body });
    return items[0]!;
  }

  const policiesInForce = async (): Promise<number> => (await readOwnMetrics(server.url)).sum('opsloop_trigger_policies');

  async function send(host: string, points: ReplaySeries['points']): Promise<void> {
    const body = points.map(([timeMs, value]) => `replay,host=${host} value=${value} ${timeMs}`).join('\n');
    const answer = await fetch(`${server.url}/api/v2/write?precision=ms`, { method: 'POST', headers: { authorization: `Token ${server.ingestToken}` }, body });
    expect(answer.status).toBe(204);
  }

  /** Until everything is written down: each sample is a policy window of its own, but for the last, which is still open. */
  async function kept({ name, points }: ReplaySeries, from: string): Promise<void> {
    const wanted = new Set(points.map(([timeMs]) => Math.floor(timeMs / windowMs))).size - 1;
    await eventually(`${wanted} windows of ${name} are kept`, async () => {
      await pause(pollMs);
      return (await askBacktest(policyText(name, 0), from)).judged >= wanted;
    }, 90_000);
  }

  async function shoot(name: string): Promise<void> {
    if (!shots) return;
    mkdirSync(shots, { recursive: true });
    await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
  }

  const backtest = () => page.locator('section', { has: page.getByRole('heading', { name: 'What it would have done' }) });
  const count = (name: string) => backtest().locator('dl > div', { has: page.getByText(name, { exact: true }) }).locator('strong');
  const chart = () => backtest().getByRole('img', { name: /^replay\.value: one line/ });
  const editor = () => page.getByLabel('Definition, YAML');

  async function sees(name: string, wanted: number): Promise<void> {
    await count(name).filter({ hasText: new RegExp(`^${wanted}$`) }).waitFor().catch(async (cause: unknown) => {
      await shoot('policy-failed');
      throw new Error(`${wanted} ${name} were expected; the page says ${await backtest().innerText()}`, { cause });
    });
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'opsloop-policy-'));
    [server, browser] = await Promise.all([startServer({ dataDir: join(folder, 'data'), settings, log: 'ignore' }), openBrowser({ width: 1440, height: 1000 })]);
    page = await browser.context.newPage();
    page.setDefaultTimeout(45_000);
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`);
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    for (const [path, body] of Object.entries(definitions)) await ask(path, { method: 'PUT', headers: { 'content-type': 'application/yaml' }, body });
    for (const one of recorded ? [made, recorded] : [made]) await send(one.name, one.points);
    await Promise.all([page.goto(server.signInUrl), kept(made, '-7d'), recorded && kept(recorded, '-30d')]);
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 90_000);

  it('shows faults at their lines, and no backtest of what cannot be judged', async () => {
    await page.goto(`${server.url}/policies/new?metric=replay.value&match=host:${made.name}`);
    await editor().fill(policyText(made.name, 50).replace('window: 5m', 'window: soon'));
    await page.getByRole('button', { name: 'line 7, column 3' }).waitFor();
    expect(await page.getByRole('button', { name: 'Create' }).or(page.getByRole('button', { name: 'Save' })).isDisabled()).toBe(true);
    await shoot('policy-faults');
  }, 90_000);

  it('shows what it would have done; another limit, other counts; one of the suggested limits is taken with a click', async () => {
    const [low, high] = [limitAt(made, 0.7), limitAt(made, 0.9)];
    expect(alarmsAt(made, low)).not.toBe(alarmsAt(made, high));
    await editor().fill(policyText(made.name, low));
    await sees('Alarms', alarmsAt(made, low));
    // Alarms that come and go too often are told as flapping beside: no fewer pages than alarms.
    const { pages, orders } = await askBacktest(policyText(made.name, low), '-7d');
    expect(pages.length).toBeGreaterThanOrEqual(alarmsAt(made, low));
    await sees('Pages', pages.length);
    const done = orders.filter((order) => order.heldBack === undefined);
    expect(done.length).toBeLessThan(orders.length);
    await sees('Work orders', done.length);
    await chart().waitFor();

    await page.getByLabel('Warning', { exact: true }).fill(`> ${high}`);
    expect(await editor().inputValue()).toBe(policyText(made.name, high));
    await sees('Alarms', alarmsAt(made, high));

    await backtest().getByLabel('Limits to try').fill(`${low}, ${high}`);
    await backtest().getByRole('button', { name: `Take ${low}` }).click();
    expect(await editor().inputValue()).toBe(policyText(made.name, low));
    await sees('Alarms', alarmsAt(made, low));
    await page.getByText(`Saving creates busy-${made.name}.`).waitFor();
    await shoot('policy-backtest');
  }, 90_000);

  it('scores the alarms against known incidents', async () => {
    const low = limitAt(made, 0.7);
    const episodes = episodesOf(made.points, { windowMs, limit: low, holdMs: 600_000 });
    const iso = (ms: number): string => new Date(ms).toISOString();
    await page.getByText('Known incidents').first().click();
    await backtest().getByLabel('Known incidents').fill(`from,to\n${iso(episodes[0]!.openedAt)},${iso(episodes[0]!.openedAt + 60_000)}\n${iso(made.points[0]![0] - 7_200_000)},${iso(made.points[0]![0] - 3_600_000)}`);
    await page.getByText(`Found 1 of 2 known incidents; 1 of ${episodes.length} alarms were right.`).waitFor();
    expect(await backtest().getByText(/^Precision/).first().innerText()).toBe(`Precision ${(1 / episodes.length).toFixed(2)}, recall 0.50.`);
    await shoot('policy-scored');
  }, 90_000);

  it('saves it, and from then on it judges; a change is compared with the version in force and told before it is saved', async () => {
    const [low, high] = [limitAt(made, 0.7), limitAt(made, 0.9)];
    const name = `busy-${made.name}`;
    const before = await policiesInForce();
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText(`${name}, version 1`).waitFor();
    // Windows that close before the trigger has read it are not judged by it.
    await eventually('the saved policy is in force', async () => (await policiesInForce()) > before, 30_000);
    const latestMs = made.points.at(-1)![0];
    await send(made.name, [1, 2, 3, 4].map((index) => [latestMs + index * windowMs, high + 20] as const).filter(([timeMs]) => timeMs < Date.now() + 60_000));
    await eventually('the saved policy opens an alarm', async () => {
      await pause(pollMs);
      return (await ask<Items<Api<Alarm>>>(`alarms?policy=${name}&state=open`)).items.length === 1;
    }, 60_000);

    await page.getByLabel('Warning', { exact: true }).fill(`> ${high}`);
    await page.getByText(`Saving makes a new version of ${name}`).waitFor();
    await page.locator('del', { hasText: `> ${low}` }).waitFor();
    await page.getByRole('region', { name: 'Against the version in force' }).getByText(/alarms? stays?, .* come/).waitFor();
    await shoot('policy-compared');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText(`${name}, version 2`).waitFor();
    const { definition } = await ask<DefinitionAnswer>(`policies/${name}`);
    expect(definition).toMatchObject({ spec: { threshold: { warn: `> ${high}` } } });
  }, 90_000);

  it.each([['light', 1440], ['dark', 360]] as const)('is whole in %s at %i px, and axe finds nothing', async (colorScheme, width) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 1000 });
    await page.goto(`${server.url}/policies/busy-${made.name}`);
    await chart().waitFor();
    await backtest().getByRole('table', { name: 'Other limits' }).waitFor();
    const { violations } = await new AxeBuilder({ page }).options({ resultTypes: ['violations'], preload: false }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 120)}`)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    await shoot(`policy-${colorScheme}-${width}`);
  }, 90_000);

  it('tells a Korean reader of its alarm and its work order in Korean, sentences of the server included', async () => {
    const { items } = await ask<Items<Api<Alarm>>>(`alarms?policy=busy-${made.name}&state=open`);
    await page.evaluate("localStorage.setItem('opsloop.language', 'ko')");
    const english = async (path: string, told: string): Promise<string[]> => {
      await page.goto(`${server.url}/${path}`);
      await page.locator('main ol').getByText(told).first().waitFor();
      const lines = (await page.locator('main').innerText()).split('\n');
      return lines.filter((line) => / (is|was|by|for|needed|held) /.test(line));
    };
    try {
      expect(await english(`alarms/${items[0]!.id.split('/')[1]!}`, '(승인 대기)')).toEqual([]);
      expect(await english(`work-orders/${items[0]!.workOrders[0]!.split('/')[1]!}`, '시나리오 restart 요청')).toEqual([]);
      await shoot('policy-korean');
    } finally {
      await page.evaluate("localStorage.removeItem('opsloop.language')");
    }
  }, 90_000);

  (recorded ? it : it.skip)(recorded ? 'replays a real series over a chosen span' : 'replays a real series (skipped: no recorded series lie beside the project)', async () => {
    const { name } = recorded!;
    const [low, high] = [limitAt(recorded!, 0.9), limitAt(recorded!, 0.99)];
    expect(alarmsAt(recorded!, low)).not.toBe(alarmsAt(recorded!, high));
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1440, height: 1000 });
    await page.goto(`${server.url}/policies/new?metric=replay.value&match=host:${name}`);
    await backtest().getByLabel('Range').selectOption('30d');
    for (const limit of [low, high]) {
      await editor().fill(policyText(name, limit));
      await sees('Alarms', alarmsAt(recorded!, limit));
    }
    await backtest().getByRole('table', { name: 'Other limits' }).waitFor();
    await shoot('policy-recorded');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText(`busy-${name}, version 1`).waitFor();
    expect(await ask<DefinitionAnswer>(`policies/busy-${name}`)).toMatchObject({ version: 1, definition: { spec: { threshold: { warn: `> ${high}` } } } });
  }, 90_000);

  it('leaves no error in the console', () => {
    expect(complaints).toEqual([]);
  });
});
