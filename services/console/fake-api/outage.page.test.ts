/** What the page says in a real browser when the server, or the way to it, fails. */
import type { BrowserContext, Page } from 'playwright-core';
import { describeInBrowser } from './chromium.js';
import { openConsole } from './open-console.js';

const unavailable = { status: 503, contentType: 'application/problem+json', body: JSON.stringify({ type: 'about:blank', title: 'Not available now', status: 503, detail: 'The document store does not answer.' }) };
const failing = /\/api\/v1\/(alarms|work-orders|query)/;

describeInBrowser('outages', () => {
  const { server, openReader } = openConsole();
  let context: BrowserContext;
  beforeEach(async () => void (context = await openReader()));
  afterEach(() => context.close());

  async function fail(page: Page): Promise<void> {
    await page.route(failing, (route) => route.fulfill(unavailable));
  }

  test('where there is no answer, nothing is said to be calm, and the problem is shown', async () => {
    const page = await context.newPage();
    await fail(page);
    await page.goto('/');
    await page.getByRole('alert').filter({ hasText: 'The document store does not answer.' }).first().waitFor();
    const strip = await page.getByRole('list', { name: 'Open alarms' }).innerText();
    expect(strip.match(/[–\d]+/g)).toEqual(['–', '–', '–', '–']);
    await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null);
    expect(await page.getByRole('navigation', { name: 'Pages' }).first().getByTitle('Not known').count()).toBe(2);
  }, 60_000);

  test('of a playbook nobody is told that it never ran while that is not known', async () => {
    const page = await context.newPage();
    await page.goto('/playbooks');
    await page.getByText('has not run yet').first().waitFor();
    await fail(page);
    await page.reload();
    await page.getByRole('heading', { name: 'Playbooks' }).waitFor();
    await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null);
    expect(await page.getByRole('main').getByRole('link').count()).toBeGreaterThan(0);
    expect(await page.getByText('has not run yet').count()).toBe(0);
  }, 60_000);

  test('what could not be refreshed is still shown, and from when it is', async () => {
    const page = await context.newPage();
    await page.goto('/');
    await page.getByRole('heading', { name: /alarms are open\./ }).waitFor();
    await fail(page);
    server().events.send('alarm', 'default/any');
    await page.getByRole('status').filter({ hasText: /Not refreshed: some of this is as of \d\d:\d\d:\d\d\./ }).waitFor();
    expect(await page.getByRole('heading', { name: /alarms are open\./ }).isVisible()).toBe(true);
    await page.unroute(failing);
    server().events.send('alarm', 'default/any');
    server().events.send('work-order', 'default/any');
    await page.getByText('Not refreshed').waitFor({ state: 'detached' });
  }, 60_000);
});
