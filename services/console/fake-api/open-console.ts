import type { Browser, BrowserContext } from 'playwright-core';
import { builtPage } from './built-page.js';
import { openChromium } from './chromium.js';
import { startFakeServer, type FakeServer } from './fake-server.js';

export interface OpenConsole {
  server(): FakeServer;
  browser(): Browser;
  /** A signed-in reader of their own, at a desk. */
  openReader(): Promise<BrowserContext>;
}

/** The built page behind the fake server and a browser, from before the first test of a suite until after the last one. */
export function openConsole(): OpenConsole {
  let server: FakeServer;
  let browser: Browser;
  beforeAll(async () => {
    server = await startFakeServer({ pageDir: builtPage() });
    browser = await openChromium();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });
  return {
    server: () => server,
    browser: () => browser,
    async openReader() {
      const context = await browser.newContext({ baseURL: server.url, viewport: { width: 1_440, height: 900 }, locale: 'en-GB' });
      await context.addCookies([{ name: 'opsloop_session', value: 'yes', url: server.url }]);
      context.setDefaultTimeout(15_000);
      return context;
    },
  };
}
