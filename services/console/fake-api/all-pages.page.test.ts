/** Every page in a real browser against the fake API: no error, nothing that axe finds, nothing wider than the screen. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Locator, Page } from 'playwright-core';
import { describeInBrowser } from './chromium.js';
import { openConsole } from './open-console.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Waits until something is seen. */
async function isSeen(locator: Locator): Promise<boolean> {
  await locator.waitFor();
  return locator.isVisible();
}

interface Look {
  readonly name: string;
  readonly width: number;
  readonly scheme: 'light' | 'dark';
  readonly language: 'en' | 'ko';
}
const looks: readonly Look[] = [
  { name: 'desktop, dark, Korean', width: 1_440, scheme: 'dark', language: 'ko' },
  { name: 'phone, light, English', width: 360, scheme: 'light', language: 'en' },
];

describeInBrowser('pages', () => {
  const { server, browser } = openConsole();
  const pages = new Map<string, Promise<Page>>();

  function addresses(): string[] {
    const id = (record: { id: string } | undefined): string => record!.id.split('/')[1]!;
    const { alarms, workOrders, fleet, notices } = server().world;
    return [
      '/', '/alarms', '/alarms?state=all&period=30d', `/alarms/${id(alarms.find((alarm) => alarm.state === 'open' && alarm.level === 'critical'))}`, `/alarms/${id(alarms.find((alarm) => alarm.policy === 'demo-service-up'))}`, `/alarms/${id(alarms.find((alarm) => alarm.policy === 'disk-ahead'))}`,
      '/metrics', '/metrics?metrics=cpu.utilisation,disk.used_percent&range=6h', '/resources', `/resources/${fleet[2]!.resourceId}`,
      '/policies', '/policies/db-cpu', '/policies/disk-ahead', '/policies/host-silent', '/policies/new?metric=mem.used_percent&match=host:web-01',
      '/work-orders', '/work-orders?view=list', ...workOrders.map((order) => `/work-orders/${id(order)}`),
      '/playbooks', '/playbooks/mw.nginx.certificate', '/schedules', '/schedules/morning-check', '/schedules/new', '/outbox', `/outbox?notice=${id(notices[0])}`, '/dead-letters', '/settings', '/nowhere',
    ];
  }

  /** One page for each look: what was loaded and compiled for one test is there for the next. */
  function open(look: Look): Promise<Page> {
    const key = JSON.stringify({ ...look, name: '' });
    const page = pages.get(key) ?? openPage(look);
    pages.set(key, page);
    return page;
  }

  async function openPage(look: Look): Promise<Page> {
    const context = await browser().newContext({ baseURL: server().url, viewport: { width: look.width, height: 900 }, colorScheme: look.scheme, locale: look.language === 'ko' ? 'ko-KR' : 'en-GB' });
    await context.addCookies([{ name: 'opsloop_session', value: 'yes', url: server().url }]);
    return context.newPage();
  }

  /** What the browser complains of from now on. */
  function complaintsOf(page: Page): readonly string[] {
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    return complaints;
  }

  async function settle(page: Page): Promise<void> {
    await page.locator('h1').first().waitFor();
    await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null);
  }

  /** Goes on within the page, as links do: the page and axe are loaded once. Between two addresses of one route lies another page, so that the old heading is told from the new. */
  async function goOn(page: Page, address: string): Promise<void> {
    const route = (path: string): string => path.split('?')[0]!.split('/').slice(0, 2).join('/');
    for (const to of route(address) === route(new URL(page.url()).pathname) ? ['/between', address] : [address]) {
      await page.evaluate((next) => {
        for (const heading of document.querySelectorAll('h1')) heading.dataset['before'] = '';
        history.pushState({}, '', next);
      }, to);
      await page.locator('h1:not([data-before])').first().waitFor();
    }
    await settle(page);
  }

  /** One after the other, as one person would go through them. */
  async function goThroughAll(look: Look): Promise<void> {
    const page = await open(look);
    const complaints = complaintsOf(page);
    await page.goto('/');
    await settle(page);
    await page.evaluate(axe);
    for (const address of addresses()) {
      await goOn(page, address);
      expect({ address, language: await page.locator('html').getAttribute('lang'), scheme: await page.locator('html').getAttribute('data-mantine-color-scheme') }).toEqual({ address, language: look.language, scheme: look.scheme });
      const found = await page.evaluate(async () => (await (window as unknown as { axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }).axe.run({ resultTypes: ['violations'], preload: false })).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`));
      expect({ address, found }).toEqual({ address, found: [] });
      expect({ address, tooWide: await page.evaluate(() => document.documentElement.scrollWidth > innerWidth) }).toEqual({ address, tooWide: false });
      expect({ address, complaints }).toEqual({ address, complaints: [] });
    }
  }

  // Side by side: much of it is waiting.
  test(`every page: ${looks.map(({ name }) => name).join('; ')}`, async () => {
    await Promise.all(looks.map(goThroughAll));
  }, 180_000);

  test('signing in: refused, then let in to where one wanted to go', async () => {
    const page = await browser().newPage({ baseURL: server().url });
    await page.goto('/settings');
    await page.getByLabel('Token', { exact: true }).fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    expect(await isSeen(page.getByText('This token is not known'))).toBe(true);
    await page.getByLabel('Token', { exact: true }).fill('letmein');
    await page.getByRole('button', { name: 'Sign in' }).click();
    expect(await isSeen(page.getByRole('heading', { level: 1, name: 'Settings' }))).toBe(true);
    await page.getByText('한국어').click();
    expect(await isSeen(page.getByRole('heading', { level: 1, name: '설정' }))).toBe(true);
    await page.reload();
    expect(await isSeen(page.getByRole('heading', { level: 1, name: '설정' }))).toBe(true);
    await page.close();
  }, 60_000);

  test('an alarm is acknowledged from its row, and says by whom', async () => {
    const page = await open(looks[1]!);
    await page.goto('/alarms?level=down');
    await page.getByRole('row', { name: /cache-01/ }).getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByRole('dialog').getByLabel('What you know').fill('cable pulled');
    await page.getByRole('dialog').getByRole('button', { name: 'Acknowledge' }).click();
    expect(await isSeen(page.getByText('Looked after by admin'))).toBe(true);
    await page.getByRole('link', { name: 'cache-01' }).click();
    expect(await isSeen(page.getByText('cable pulled').first())).toBe(true);
  }, 60_000);

  test('an alarm is closed by hand with a reason, and says by whom and why', async () => {
    const page = await open(looks[0]!);
    await page.goto(`/alarms/${server().world.alarms.find((alarm) => alarm.state === 'open' && alarm.policy === 'disk-space')!.id.split('/')[1]!}`);
    await page.getByRole('button', { name: '수동 종료' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByRole('button', { name: '수동 종료' }).isDisabled()).toBe(true);
    await dialog.getByLabel('종료하는 이유').fill('서버를 교체함');
    await dialog.getByRole('button', { name: '수동 종료' }).click();
    expect(await isSeen(page.getByText('admin 종료함'))).toBe(true);
    expect(await isSeen(page.getByText('서버를 교체함').first())).toBe(true);
    await dialog.waitFor({ state: 'hidden' });
    expect(await page.getByRole('button', { name: '수동 종료' }).count()).toBe(0);
  }, 60_000);

  test('work orders are listed by playbook and by resource, and the address says so', async () => {
    const page = await open({ ...looks[0]!, language: 'en' });
    const wanted = server().world.workOrders.find((order) => order.state === 'partly-failed')!;
    const [job, target] = [wanted.jobs[0]!, wanted.targets[0]!];
    await page.goto('/work-orders?view=list');
    const rows = page.getByRole('row').filter({ has: page.getByRole('link') });
    await isSeen(rows.first());
    const all = await rows.count();
    await page.getByLabel('Playbooks', { exact: true }).selectOption(job.playbook);
    await page.waitForURL((url) => url.searchParams.get('playbook') === job.playbook);
    await settle(page);
    expect(await isSeen(page.getByRole('link', { name: wanted.title }))).toBe(true);
    const ofPlaybook = server().world.workOrders.filter((order) => order.jobs.some((one) => one.playbook === job.playbook)).length;
    expect(ofPlaybook).toBeLessThan(all);
    expect(await rows.count()).toBe(ofPlaybook);
    await page.goto(`/work-orders?view=list&resource=${target.resource}`);
    expect(await isSeen(page.getByRole('link', { name: wanted.title }))).toBe(true);
    expect(await page.getByLabel('Any resource: id or name').last().inputValue()).toBe(target.name);
    expect(await rows.count()).toBe(server().world.workOrders.filter((order) => order.targets.some((one) => one.resource === target.resource)).length);
  }, 60_000);

  test('keys go to pages, the search finds, and help lists them', async () => {
    const page = await open({ ...looks[0]!, language: 'en' });
    await page.goto('/');
    await settle(page);
    await page.keyboard.press('g');
    await page.keyboard.press('p');
    expect(await isSeen(page.getByRole('heading', { level: 1, name: 'Policies' }))).toBe(true);
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    expect(await isSeen(page.getByRole('heading', { level: 1, name: 'Schedules' }))).toBe(true);
    await page.keyboard.press('/');
    await page.getByRole('combobox').fill('db-01');
    expect(await isSeen(page.getByRole('option', { name: /db-01/ }))).toBe(true);
    await page.keyboard.press('Enter');
    expect(await isSeen(page.getByRole('heading', { level: 1, name: 'db-01' }))).toBe(true);
    await page.keyboard.press('?');
    expect(await isSeen(page.getByRole('dialog', { name: 'Keys' }))).toBe(true);
  }, 60_000);

  test('a policy that is wrong cannot be saved and says where; mended, it is saved as a new version', async () => {
    const page = await open({ ...looks[0]!, language: 'en' });
    await page.goto('/policies/disk-space');
    const editor = page.getByLabel('Definition, YAML');
    const text = await editor.inputValue();
    await editor.fill(text.replace('aggregate: MAX', 'aggregate: MEDIAN'));
    expect(await isSeen(page.getByRole('button', { name: 'line 8, column 14' }))).toBe(true);
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    await editor.fill(text.replace('"> 85"', '"> 88"'));
    expect(await isSeen(page.getByText('Saving makes a new version of disk-space'))).toBe(true);
    await page.getByRole('button', { name: 'Save' }).click();
    expect(await isSeen(page.getByText('disk-space, version 2'))).toBe(true);
  }, 60_000);

  test('a schedule is written, refused where it is wrong, saved, found in the list, and deleted', async () => {
    const page = await open({ ...looks[0]!, language: 'en' });
    await page.goto('/playbooks/os.check.morning');
    await page.getByRole('link', { name: 'Make a schedule of it' }).click();
    const editor = page.getByLabel('Definition, YAML');
    const text = (await editor.inputValue()).replace('every-morning', 'night-check');
    expect(text).toContain('playbook: os.check.morning');
    await editor.fill(text.replace('30 6 * * 1-5', '30 6 * *'));
    expect(await isSeen(page.getByRole('button', { name: 'line 6, column 9' }))).toBe(true);
    expect(await isSeen(page.getByText('has 4 fields: write minute hour day month weekday'))).toBe(true);
    expect(await page.getByRole('button', { name: /Create|Save/ }).isDisabled()).toBe(true);
    await editor.fill(text);
    await page.getByLabel('Times, a cron expression').fill('0 2 * * *');
    await page.getByLabel('Time zone').fill('UTC');
    expect(await isSeen(page.getByText('Every day at 02:00, in UTC'))).toBe(true);
    await page.getByRole('button', { name: 'Create' }).click();
    expect(await isSeen(page.getByText('night-check, version 1, managed by api'))).toBe(true);
    const times = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Next times' }) });
    expect(await times.locator('time').evaluateAll((all) => all.map((one) => one.getAttribute('datetime')!.slice(11, 16)))).toEqual(['02:00', '02:00', '02:00', '02:00', '02:00']);

    await editor.fill((await editor.inputValue()).replace('missed: latest', 'missed: skip'));
    await page.getByRole('button', { name: 'Save' }).click();
    expect(await isSeen(page.getByText('night-check, version 2'))).toBe(true);
    expect(await isSeen(page.getByText('is not made up for.'))).toBe(true);

    await page.getByRole('link', { name: 'All schedules' }).click();
    await page.getByRole('row', { name: /night-check/ }).getByRole('link', { name: 'night-check' }).click();
    await page.getByRole('button', { name: 'Delete' }).click();
    expect(await isSeen(page.getByRole('dialog').getByText('It opens no more work orders.'))).toBe(true);
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    expect(await isSeen(page.getByRole('row', { name: /morning-check/ }))).toBe(true);
    expect(await page.getByText('night-check').count()).toBe(0);
  }, 60_000);

  test('a policy that a playbook is verified by is deleted only when that is said twice', async () => {
    const page = await open({ ...looks[0]!, language: 'en' });
    await page.goto('/policies/db-cpu');
    await page.getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    expect(await isSeen(dialog.getByText(/db-cpu is used by Playbook \S+\./))).toBe(true);
    expect(await isSeen(dialog.getByRole('button', { name: 'Delete all the same' }))).toBe(true);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect(await isSeen(page.getByRole('heading', { level: 1 }))).toBe(true);
  }, 60_000);

  test('a schedule says what came of it, and its order leads back to it; one of a file can only be read', async () => {
    const page = await open({ ...looks[0]!, language: 'en' });
    await page.goto('/schedules');
    const row = page.getByRole('row', { name: /morning-check/ });
    expect(await isSeen(row.getByText('Monday to Friday at 06:30, in Asia/Seoul'))).toBe(true);
    expect(await isSeen(row.getByText('64 opened'))).toBe(true);
    expect(await isSeen(page.getByRole('row', { name: /log-sweep/ }).getByText('there is no playbook os.logs.sweep'))).toBe(true);
    await row.getByRole('link', { name: /Partly failed/ }).click();
    expect(await isSeen(page.getByText('Told of trouble'))).toBe(true);
    await page.getByRole('link', { name: 'schedule morning-check' }).click();
    expect(await isSeen(page.getByText('2 times were not made up for'))).toBe(true);
    expect(await isSeen(page.getByText('on-call', { exact: true }))).toBe(true);
    await page.goto('/schedules/certificate');
    expect(await isSeen(page.getByText('It comes from a file in OPSLOOP_POLICY_DIR, or is built in with the demo.'))).toBe(true);
    expect(await isSeen(page.getByText('Each order waits for an approval'))).toBe(true);
    expect(await isSeen(page.getByText('nobody: name receivers in its work order'))).toBe(true);
    expect(await page.getByRole('button', { name: /Save|Delete/ }).count()).toBe(0);
  }, 60_000);

  test('work is requested with inputs that are checked, and what failed can be tried again', async () => {
    const page = await open({ ...looks[0]!, language: 'en' });
    await page.goto('/playbooks/mw.nginx.certificate?target=');
    await page.getByRole('button', { name: 'Request', exact: true }).click();
    expect(await isSeen(page.getByText('is needed').first())).toBe(true);
    await page.getByRole('combobox', { name: 'Targets' }).fill('web-02');
    await page.getByRole('option', { name: 'web-02' }).click();
    await page.getByLabel('domain').fill('shop.example.com');
    await page.getByRole('combobox', { name: 'Told of trouble' }).fill('on-call');
    await page.getByRole('option', { name: 'on-call' }).click();
    await page.getByRole('button', { name: 'Request', exact: true }).click();
    expect(await isSeen(page.getByRole('heading', { level: 1, name: 'Update the Nginx certificate: web-02' }))).toBe(true);
    expect(await isSeen(page.getByText('on-call', { exact: true }))).toBe(true);
    expect(await isSeen(page.getByText('You requested it, so somebody else decides.'))).toBe(true);

    await page.goto(`/work-orders/${server().world.workOrders.find((order) => order.state === 'partly-failed')!.id.split('/')[1]!}`);
    expect(await isSeen(page.getByText('Transport endpoint is not connected'))).toBe(true);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Try again' }).click();
    expect(await isSeen(page.getByText('Ready to run'))).toBe(true);
  }, 60_000);

  test('a token is shown once, and fills in what an agent needs', async () => {
    const page = await open({ ...looks[0]!, language: 'en' });
    await page.goto('/settings');
    await page.getByRole('button', { name: 'Make a token for agents' }).click();
    const config = page.getByRole('region', { name: 'Telegraf output' });
    expect(await isSeen(page.getByText('is filled in below'))).toBe(true);
    expect(await config.innerText()).toMatch(/urls = \["http:\/\/127\.0\.0\.1:\d+"\]\s+token = "ops_/);
    await page.reload();
    await settle(page);
    expect(await config.innerText()).toContain('YOUR-INGEST-TOKEN');
  }, 60_000);
});
