/** More open alarms than a page reads: what is worst is seen, and no count is wrong. */
import type { Browser, Page } from 'playwright-core';
import { builtPage } from './built-page.js';
import { describeInBrowser, openChromium } from './chromium.js';
import { startFakeServer, type FakeServer } from './fake-server.js';

describeInBrowser('alarm storm', () => {
  let server: FakeServer;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    server = await startFakeServer({ pageDir: builtPage() });
    const { alarms } = server.world;
    const [warn, critical] = (['warn', 'critical'] as const).map((level) => alarms.find((alarm) => alarm.state === 'open' && alarm.level === level)!);
    const storm = Array.from({ length: 1_100 }, (_, at) => ({ ...warn!, id: `default/storm-${at}`, openedAtMs: Date.now() - at }));
    // Opened before the storm, and not seen among the newest thousand.
    const bad = Array.from({ length: 6 }, (_, at) => ({ ...critical!, id: `default/bad-${at}`, openedAtMs: Date.now() - 86_400_000, resourceName: `bad-${at}` }));
    alarms.splice(0, alarms.length, ...storm, ...bad);
    browser = await openChromium();
    const context = await browser.newContext({ baseURL: server.url, viewport: { width: 1_440, height: 900 }, locale: 'en-GB' });
    await context.addCookies([{ name: 'opsloop_session', value: 'yes', url: server.url }]);
    context.setDefaultTimeout(15_000);
    page = await context.newPage();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  test('the worst is counted, and a count that ends before the last says so', async () => {
    await page.goto('/');
    await page.getByRole('heading', { level: 1, name: '1006+ alarms are open.' }).waitFor();
    const counts = await page.getByRole('list', { name: 'Open alarms' }).getByRole('listitem').allInnerTexts();
    expect(counts.map((text) => text.match(/[–\d+]+/)![0])).toEqual(['0', '6', '1000+', '0']);
    expect(await page.getByTitle('1006+ open alarms').count()).toBeGreaterThan(0);
  }, 60_000);

  test('the list begins with the worst, whenever it opened', async () => {
    await page.goto('/alarms');
    const rows = page.getByRole('row').filter({ has: page.getByRole('link') });
    await rows.first().waitFor();
    const first = await rows.evaluateAll((all) => all.slice(0, 7).map((row) => /bad-\d/.test(row.textContent)));
    expect(first).toEqual([true, true, true, true, true, true, false]);
  }, 60_000);
});
