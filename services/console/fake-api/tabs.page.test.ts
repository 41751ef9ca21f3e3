/** Many pages in one browser, which allows six connections to a server(). */
import type { BrowserContext, Page } from 'playwright-core';
import { describeInBrowser } from './chromium.js';
import { openConsole } from './open-console.js';

const many = 7;

describeInBrowser('tabs', () => {
  const { server, openReader } = openConsole();
  let context: BrowserContext;
  beforeEach(async () => void (context = await openReader()));
  afterEach(() => context.close());

  async function openPage(): Promise<Page> {
    const page = await context.newPage();
    await page.goto('/outbox');
    await page.getByRole('heading', { level: 1, name: 'Outbox' }).waitFor();
    await page.getByRole('status').filter({ hasText: /^Live$/ }).waitFor();
    return page;
  }

  async function openMany(afterEach: (page: Page) => Promise<void> = async () => undefined): Promise<Page[]> {
    const pages: Page[] = [];
    for (let i = 0; i < many; i++) {
      pages.push(await openPage());
      await afterEach(pages.at(-1)!);
    }
    return pages;
  }

  /** All of them ask for the notices anew when one is written. */
  async function hearOfNotice(pages: readonly Page[]): Promise<void> {
    const heard = pages.map((page) => page.waitForResponse((response) => response.url().includes('/notices?')));
    server().events.send('notice', 'default/any');
    await Promise.all(heard);
  }

  test('seven pages are live over one line, also when the page that holds it is closed', async () => {
    const pages = await openMany();
    expect(server().events.followers()).toBe(1);
    await hearOfNotice(pages);
    const [leader, ...others] = pages;
    const caughtUp = others.map((page) => page.waitForResponse((response) => response.url().includes('/notices?')));
    await leader!.close();
    await Promise.all(caughtUp);
    expect(server().events.followers()).toBe(1);
    await hearOfNotice(others);
  }, 90_000);

  test('a page that leads and says nothing is taken over', async () => {
    const stuck = await context.newPage();
    await stuck.goto('/sign-in');
    await stuck.evaluate(() => void navigator.locks.request('opsloop-events', () => new Promise(() => undefined)));
    const page = await context.newPage();
    await page.clock.install();
    await page.goto('/outbox');
    await page.getByRole('status').filter({ hasText: 'Connecting' }).waitFor();
    expect(server().events.followers()).toBe(0);
    await page.clock.fastForward(46_000);
    await page.getByRole('status').filter({ hasText: /^Live$/ }).waitFor();
    expect(server().events.followers()).toBe(1);
  }, 60_000);

  test('where pages cannot agree, those that are not seen hold no line', async () => {
    await context.addInitScript(() => {
      delete (Navigator.prototype as { locks?: unknown }).locks;
      Object.defineProperty(Document.prototype, 'hidden', { get: () => 'hidden' in document.documentElement.dataset });
    });
    const turn = (page: Page, hidden: boolean): Promise<void> =>
      page.evaluate((away) => {
        document.documentElement.toggleAttribute('data-hidden', away);
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    const pages = await openMany((page) => turn(page, true));
    const caughtUp = pages[0]!.waitForResponse((response) => response.url().includes('/notices?'));
    await turn(pages[0]!, false);
    await caughtUp;
    await hearOfNotice([pages[0]!]);
    expect(server().events.followers()).toBe(1);
  }, 90_000);
});
