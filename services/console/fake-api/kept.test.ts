/** What somebody reads stays where it is, and what somebody writes is not lost, whatever happens meanwhile. */
import type { Browser, Page } from 'playwright-core';
import { builtPage } from './built-page.js';
import { describeInBrowser, openChromium } from './chromium.js';
import { startFakeServer, type FakeServer } from './fake-server.js';

describeInBrowser('kept', () => {
  let server: FakeServer;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    server = await startFakeServer({ pageDir: builtPage() });
    browser = await openChromium();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });
  beforeEach(async () => {
    const context = await browser.newContext({ baseURL: server.url, viewport: { width: 1_440, height: 900 }, locale: 'en-GB' });
    await context.addCookies([{ name: 'opsloop_session', value: 'yes', url: server.url }]);
    page = await context.newPage();
    page.setDefaultTimeout(15_000);
  });
  afterEach(() => page.context().close());

  test('an alarm that is resolved under a reader keeps its place, says that it is gone, and goes when the reader leaves', async () => {
    await page.goto('/alarms');
    const rows = page.getByRole('row').filter({ has: page.getByRole('link') });
    await rows.nth(1).hover();
    const before = await rows.count();
    const name = await rows.nth(1).getByRole('link').getAttribute('href');
    const alarm = server.world.alarms.find((one) => name!.endsWith(one.id.split('/')[1]!))!;
    const place = server.world.alarms.indexOf(alarm);
    server.world.alarms[place] = { ...alarm, state: 'resolved', resolvedAtMs: Date.now() - 5_000 };
    server.events.send('alarm', alarm.id);
    const row = rows.filter({ has: page.locator(`a[href="${name}"]`) });
    await row.getByText('No longer here').waitFor();
    expect(await row.getByRole('button').count()).toBe(0);
    expect(await rows.count()).toBe(before);
    await page.getByRole('button', { name: '1 no longer here: show the list as it is' }).waitFor();
    await page.mouse.move(700, 5);
    await row.waitFor({ state: 'detached' });
    expect(await rows.count()).toBe(before - 1);
    server.world.alarms[place] = alarm;
  }, 60_000);
});
