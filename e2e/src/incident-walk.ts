/** The simulated incident as a person sees it, whatever the server behind the page is made of: see this host live, stop the demo service, watch the loop heal it, restart and find it all again. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Alarm, AlarmAnswer, Api, Page as Items, WorkOrderAnswer } from '@opsloop/contracts';
import type { Page } from 'playwright-core';
import { browserPath, openBrowser } from './open-browser.js';

/** A server with this host's agent and the demo service. */
export interface RunningServer {
  readonly url: string;
  readonly adminToken: string;
  signIn(page: Page): Promise<void>;
  stop(): Promise<void>;
}

export interface IncidentStage {
  readonly title: string;
  readonly startMs: number;
  /** From the start-up line to the first charts. */
  readonly drawnWithinMs: number;
  readonly healedWithinMs: number;
  /** Why it cannot be shown on this machine. */
  readonly reason?: string;
  start(dataDir: string): Promise<RunningServer>;
  /** Tests between the incident and the restart. */
  more?(walk: IncidentWalk): void;
}

export interface IncidentWalk {
  server(): RunningServer;
  page(): Page;
  ask<T>(path: string): Promise<T>;
  shoot(name: string): Promise<void>;
}

interface OpenWalk extends IncidentWalk {
  /** Time of the start-up line, ms since the epoch. */
  startedAtMs(): number;
  /** What the page complained of in its console. */
  readonly complaints: readonly string[];
  start(): Promise<void>;
}

const steps = ['Alarm opens', 'Mail is written', 'Work order is opened', 'Playbook restarts it', 'Repair is verified', 'Alarm closes'];
const shots = process.env['SCREENSHOT_DIR'];

export function describeIncident(stage: IncidentStage): void {
  const reason = stage.reason ?? (browserPath ? undefined : 'there is no Chromium on this machine');
  const body = (): void => {
    const walk = openWalk(stage);
    drawsThisHost(walk, stage);
    healsTheService(walk, stage);
    keepsEverything(walk, stage);
    stage.more?.(walk);
    findsItAgain(walk, stage);
  };
  if (reason === undefined) describe(stage.title, body);
  else describe.skip(`${stage.title} (skipped: ${reason})`, body);
}

/** A server and a browser from before the first test until after the last one. */
function openWalk(stage: IncidentStage): OpenWalk {
  let folder: string;
  let server: RunningServer;
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  let page: Page;
  let startedAtMs: number;
  const complaints: string[] = [];

  async function start(): Promise<void> {
    server = await stage.start(join(folder, 'data'));
    startedAtMs = Date.now();
  }

  async function ask<T>(path: string): Promise<T> {
    const answer = await fetch(`${server.url}/api/v1/${path}`, { headers: { authorization: `Bearer ${server.adminToken}` } });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  async function shoot(name: string): Promise<void> {
    if (!shots) return;
    mkdirSync(shots, { recursive: true });
    await page.screenshot({ path: join(shots, `${name}.png`), fullPage: false });
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'opsloop-incident-'));
    // Whoever looks has a browser open already.
    browser = await openBrowser({ width: 1360, height: 900 });
    page = await browser.context.newPage();
    await start();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
  }, stage.startMs + 30_000);

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  return { server: () => server, page: () => page, startedAtMs: () => startedAtMs, complaints, ask, shoot, start };
}

function drawsThisHost({ server, page, startedAtMs, shoot }: OpenWalk, stage: IncidentStage): void {
  it(`draws CPU, memory, disk and network of this host within ${stage.drawnWithinMs / 1000} s of the start-up line`, async () => {
    await server().signIn(page());
    for (const name of ['CPU', 'Memory', 'Disk', 'Network']) {
      const chart = page().getByRole('region', { name }).or(page().locator('section', { has: page().getByRole('heading', { name, exact: true }) })).getByRole('img');
      await chart.first().waitFor({ timeout: Math.max(1, stage.drawnWithinMs - (Date.now() - startedAtMs())) });
    }
    expect(Date.now() - startedAtMs()).toBeLessThan(stage.drawnWithinMs);
    await page().waitForTimeout(8_000);
    await shoot('overview');
  }, stage.drawnWithinMs + 45_000);
}

function healsTheService({ page, shoot }: OpenWalk, stage: IncidentStage): void {
  it(`heals the demo service within ${stage.healedWithinMs / 1000} s of one button, and shows each step`, async () => {
    const stoppedAtMs = Date.now();
    await page().getByRole('button', { name: 'Simulate an incident' }).click();
    for (const step of steps) {
      await page().locator('li[data-state="done"]', { hasText: step }).waitFor({ timeout: Math.max(1, stage.healedWithinMs - (Date.now() - stoppedAtMs)) });
      await shoot(`incident-${step.toLowerCase().replaceAll(' ', '-')}`);
    }
    expect(Date.now() - stoppedAtMs).toBeLessThan(stage.healedWithinMs);
  }, stage.healedWithinMs + 30_000);
}

function keepsEverything({ server, page, ask, shoot }: OpenWalk, stage: IncidentStage): void {
  it('keeps the whole timeline, the mail, the steps with their output and the windows of the verification', async () => {
    const { items } = await ask<Items<Api<Alarm>>>('alarms?policy=demo-service-up');
    expect(items).toHaveLength(1);
    const alarm = await ask<AlarmAnswer>(`alarms/${encodeURIComponent(items[0]!.id)}`);
    expect(alarm.state).toBe('resolved');
    expect(alarm.notices.some((notice) => notice.state === 'outbox' && notice.subject.includes('opsloop-demo'))).toBe(true);
    expect(alarm.workOrders).toHaveLength(1);
    const order = await ask<WorkOrderAnswer>(`work-orders/${encodeURIComponent(alarm.workOrders[0]!)}`);
    expect(['verified', 'closed']).toContain(order.state);
    expect(order.verification!.targets[0]).toMatchObject({ outcome: 'verified' });
    expect(order.verification!.targets[0]!.evidence.length).toBeGreaterThan(0);
    expect(order.runDetails).toHaveLength(1);
    const results = order.runDetails[0]!.results[0]!.steps;
    expect(results.map((step) => step.step)).toEqual(['check', 'restart', 'state']);
    expect(results[1]!.attempts[0]!.output).toMatch(/demo service started, process \d+/);

    await page().getByRole('link', { name: 'Open the whole timeline' }).click();
    await page().getByText('resolved', { exact: false }).first().waitFor();
    await page().waitForTimeout(1_000);
    await shoot('alarm');
    await page().goto(`${server().url}/work-orders/${encodeURIComponent(order.id.replace(/^default\//, ''))}`);
    await page().getByText('restart').first().waitFor();
    await page().waitForTimeout(1_000);
    await shoot('work-order');
    await page().goto(`${server().url}/outbox`);
    await page().getByText('opsloop-demo').first().waitFor();
    await shoot('outbox');
  }, stage.healedWithinMs);
}

function findsItAgain({ server, page, ask, start, complaints }: OpenWalk, stage: IncidentStage): void {
  it('finds everything again after a restart', async () => {
    const before = await ask<Items<Api<Alarm>>>('alarms?policy=demo-service-up');
    await server().stop();
    await start();
    const { items } = await ask<Items<Api<Alarm>>>('alarms?policy=demo-service-up');
    expect(items.map(({ id, state }) => [id, state])).toEqual([[before.items[0]!.id, 'resolved']]);
    await page().goto(`${server().url}/alarms`);
    await page().waitForURL(/alarms|sign-in/);
    // The server was away, and other work may change this machine's network.
    expect(complaints.filter((text) => !/ERR_CONNECTION|ERR_NETWORK_CHANGED/.test(text))).toEqual([]);
  }, stage.startMs + 60_000);
}
