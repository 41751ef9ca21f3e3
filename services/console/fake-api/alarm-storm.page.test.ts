/** More open alarms than a page reads: what is worst is seen, and no count is wrong. */
import type { Page } from 'playwright-core';
import { describeInBrowser } from './chromium.js';
import { openConsole } from './open-console.js';

describeInBrowser('alarm storm', () => {
  const { server, openReader } = openConsole();
  let page: Page;
  beforeAll(async () => {
    const { alarms } = server().world;
    const [warn, critical] = (['warn', 'critical'] as const).map((level) => alarms.find((alarm) => alarm.state === 'open' && alarm.level === level)!);
    const storm = Array.from({ length: 1_100 }, (_, at) => ({ ...warn!, id: `default/storm-${at}`, openedAtMs: Date.now() - at }));
    // Opened before the storm, and not seen among the newest thousand.
    const bad = Array.from({ length: 6 }, (_, at) => ({ ...critical!, id: `default/bad-${at}`, openedAtMs: Date.now() - 86_400_000, resourceName: `bad-${at}` }));
    alarms.splice(0, alarms.length, ...storm, ...bad);
    page = await (await openReader()).newPage();
  }, 60_000);

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
