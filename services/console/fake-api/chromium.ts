import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** A suite of the page in a browser; skipped, and told so, where none is installed. */
export function describeInBrowser(name: string, suite: () => void): void {
  if (executablePath === undefined) describe.skip(`${name} (skipped: no Chromium is installed here)`, suite);
  else describe(name, suite);
}

export function openChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: executablePath!, args: flags });
}
