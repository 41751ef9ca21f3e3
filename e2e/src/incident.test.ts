/** A person's first minutes: start, see this host live, stop the demo service, watch the loop heal it, restart and find it all again. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Alarm, AlarmAnswer, Api, Page as Items, WorkOrderAnswer } from '@opsloop/contracts';
import { startServer, type ServerProcess } from '@opsloop/testing';
import type { Page } from 'playwright-core';
import { browserPath, openBrowser } from './open-browser.js';

const sometimes = browserPath ? describe : describe.skip;
const title = browserPath ? 'the simulated incident' : 'the simulated incident (skipped: there is no Chromium on this machine)';
const shots = process.env['SCREENSHOT_DIR'];

sometimes(title, () => {
  let folder: string;
  let server: ServerProcess;
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  let page: Page;
  let startedAtMs: number;
  const complaints: string[] = [];

  async function start(): Promise<void> {
    server = await startServer({ dataDir: join(folder, 'data'), settings: { OPSLOOP_HOST_AGENT: 'on', OPSLOOP_DEMO: 'on' }, log: 'ignore' });
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
    await start();
    browser = await openBrowser({ width: 1360, height: 900 });
    page = await browser.context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
  }, 90_000);

  afterAll(async () => {
    await browser.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it('draws CPU, memory, disk and network of this host within 15 s of the start-up line', async () => {
    await page.goto(server.signInUrl);
    for (const name of ['CPU', 'Memory', 'Disk', 'Network']) {
      const chart = page.getByRole('region', { name }).or(page.locator('section', { has: page.getByRole('heading', { name, exact: true }) })).getByRole('img');
      await chart.first().waitFor({ timeout: Math.max(1, 15_000 - (Date.now() - startedAtMs)) });
    }
    expect(Date.now() - startedAtMs).toBeLessThan(15_000);
    await page.waitForTimeout(8_000);
    await shoot('overview');
  }, 60_000);

  it('heals the demo service within 60 s of one button, and shows each step', async () => {
    const stoppedAtMs = Date.now();
    await page.getByRole('button', { name: 'Simulate an incident' }).click();
    for (const step of ['Alarm opens', 'Mail is written', 'Work order is opened', 'Playbook restarts it', 'Repair is verified', 'Alarm closes']) {
      await page.locator('li[data-state="done"]', { hasText: step }).waitFor({ timeout: 60_000 - (Date.now() - stoppedAtMs) });
      await shoot(`incident-${step.toLowerCase().replaceAll(' ', '-')}`);
    }
    expect(Date.now() - stoppedAtMs).toBeLessThan(60_000);
  }, 90_000);

  it('keeps the whole timeline, the mail, the steps with their output and the windows of the verification', async () => {
    const { items } = await ask<Items<Api<Alarm>>>('alarms?policy=demo-service-up');
    expect(items).toHaveLength(1);
    const alarm = await ask<AlarmAnswer>(`alarms/${encodeURIComponent(items[0]!.id)}`);
    expect(alarm.state).toBe('resolved');
    expect(alarm.notices.some((notice) => notice.state === 'outbox' && notice.subject.includes('opsloop-demo'))).toBe(true);
    const order = await ask<WorkOrderAnswer>(`work-orders/${encodeURIComponent(alarm.workOrders[0]!)}`);
    expect(['verified', 'closed']).toContain(order.state);
    expect(order.verification!.targets[0]).toMatchObject({ outcome: 'verified' });
    expect(order.verification!.targets[0]!.evidence.length).toBeGreaterThan(0);
    const steps = order.runDetails[0]!.results[0]!.steps;
    expect(steps.map((step) => step.step)).toEqual(['check', 'restart', 'state']);
    expect(steps[1]!.attempts[0]!.output).toMatch(/demo service started, process \d+/);

    await page.getByRole('link', { name: 'Open the whole timeline' }).click();
    await page.getByText('resolved', { exact: false }).first().waitFor();
    await page.waitForTimeout(1_000);
    await shoot('alarm');
    await page.goto(`${server.url}/work-orders/${encodeURIComponent(order.id.replace(/^default\//, ''))}`);
    await page.getByText('restart').first().waitFor();
    await page.waitForTimeout(1_000);
    await shoot('work-order');
    await page.goto(`${server.url}/outbox`);
    await page.getByText('opsloop-demo').first().waitFor();
    await shoot('outbox');
  }, 60_000);

  it.each(['/', '/alarms', '/metrics', '/resources', '/policies', '/work-orders', '/playbooks', '/outbox', '/dead-letters', '/settings'])('has nothing that axe finds on %s', async (path) => {
    await page.goto(`${server.url}${path}`);
    await page.locator('h1').first().waitFor();
    await page.waitForTimeout(500);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 120)}`)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')).toBe(true);
  }, 30_000);

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 360, height: 780 });
    for (const path of ['/', '/alarms', '/metrics', '/work-orders', '/settings']) {
      await page.goto(`${server.url}${path}`);
      await page.locator('h1').first().waitFor();
      await page.waitForTimeout(500);
      await shoot(`phone${path.replaceAll('/', '-')}`);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    }
    await page.setViewportSize({ width: 1360, height: 900 });
  }, 60_000);

  it('finds everything again after a restart', async () => {
    await server.stop();
    await start();
    const { items } = await ask<Items<Api<Alarm>>>('alarms?policy=demo-service-up');
    expect(items.map(({ state }) => state)).toEqual(['resolved']);
    await page.goto(`${server.url}/alarms`);
    await page.waitForURL(/alarms|sign-in/);
    expect(complaints.filter((text) => !text.includes('ERR_CONNECTION'))).toEqual([]);
  }, 60_000);
});
