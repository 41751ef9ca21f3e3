import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';

const paths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where a browser lies on this machine; undefined: there is none, and what needs it is skipped. */
export const browserPath = paths.find((path) => existsSync(path));

/** A browser with an empty profile that talks to nobody but the pages it is sent to. */
export async function openBrowser(options: { readonly width: number; readonly height: number; readonly dark?: boolean; readonly language?: string }): Promise<{ context: BrowserContext; close(): Promise<void> }> {
  const profile = mkdtempSync(join(tmpdir(), 'opsloop-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: browserPath!,
    headless: true,
    viewport: { width: options.width, height: options.height },
    colorScheme: options.dark ? 'dark' : 'light',
    locale: options.language ?? 'en-GB',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  return {
    context,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
