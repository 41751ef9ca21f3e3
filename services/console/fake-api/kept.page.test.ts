/** What somebody reads stays where it is, and what somebody writes is not lost, whatever happens meanwhile. */
import type { Page } from 'playwright-core';
import { describeInBrowser } from './chromium.js';
import { newVersion } from './definitions.js';
import { openConsole } from './open-console.js';

describeInBrowser('kept', () => {
  const { server, openReader } = openConsole();
  let page: Page;
  beforeEach(async () => {
    page = await (await openReader()).newPage();
  });
  afterEach(() => page.context().close());

  /** As links do, within the page. */
  async function goOn(address: string): Promise<void> {
    await page.evaluate((to) => history.pushState({}, '', to), address);
    await page.waitForURL(`**${address}`);
  }

  test('an alarm that is resolved under a reader keeps its place, says that it is gone, and goes when the reader leaves', async () => {
    await page.goto('/alarms');
    const rows = page.getByRole('row').filter({ has: page.getByRole('link') });
    await rows.nth(1).hover();
    const before = await rows.count();
    const name = await rows.nth(1).getByRole('link').getAttribute('href');
    const alarm = server().world.alarms.find((one) => name!.endsWith(one.id.split('/')[1]!))!;
    const place = server().world.alarms.indexOf(alarm);
    server().world.alarms[place] = { ...alarm, state: 'resolved', resolvedAtMs: Date.now() - 5_000 };
    server().events.send('alarm', alarm.id);
    const row = rows.filter({ has: page.locator(`a[href="${name}"]`) });
    await row.getByText('No longer here').waitFor();
    expect(await row.getByRole('button').count()).toBe(0);
    expect(await rows.count()).toBe(before);
    await page.getByRole('button', { name: '1 no longer here: show the list as it is' }).waitFor();
    await page.mouse.move(700, 5);
    await row.waitFor({ state: 'detached' });
    expect(await rows.count()).toBe(before - 1);
    server().world.alarms[place] = alarm;
  }, 60_000);

  test('a command belongs to the alarm it was given to, and can be given again where nothing came of it', async () => {
    const [first, second] = server().world.alarms.filter((one) => one.state === 'open' && one.acknowledged === undefined).map((one) => `/alarms/${one.id.split('/')[1]!}`);
    // It is taken, and then lost on its way.
    await page.route('**/acknowledge', (route) => route.fulfill({ status: 202, json: { accepted: true } }));
    await page.clock.install();
    const acknowledge = page.getByRole('button', { name: 'Acknowledge' });
    await page.goto(first!);
    await acknowledge.waitFor();
    await goOn(second!);
    await acknowledge.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByRole('button', { name: 'On its way…' }).waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.goBack();
    await page.waitForURL(`**${first}`);
    await acknowledge.waitFor();
    expect(await acknowledge.isEnabled()).toBe(true);
    await page.goForward();
    await acknowledge.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByRole('button', { name: 'On its way…' }).waitFor();
    await page.clock.runFor(12_000);
    await acknowledge.waitFor();
  }, 60_000);

  test('a request is of one playbook: another begins anew, and a new version of it leaves what is written', async () => {
    const title = page.getByLabel('Title');
    await page.clock.install();
    await page.goto('/playbooks/os.check.morning');
    await page.getByText('os.check.morning, version').waitFor();
    await goOn('/playbooks/mw.nginx.certificate');
    await page.getByText('mw.nginx.certificate, version').waitFor();
    await title.fill('certificate of the shop');
    await page.goBack();
    await page.getByRole('dialog').getByRole('button', { name: 'Leave', exact: true }).click();
    await page.getByText('os.check.morning, version').waitFor();
    expect(await title.inputValue()).toBe('');
    await title.fill('check of today');
    await page.clock.runFor(16_000);
    const record = server().world.definitions.find((one) => one.name === 'os.check.morning')!;
    record.versions.push({ ...record.versions.at(-1)!, version: 7 });
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
    await page.getByText('version 7').waitFor();
    expect(await title.inputValue()).toBe('check of today');
  }, 60_000);

  test('of a long log the newest lines are read, it says that older ones are left out, and what it lacks is told beside it', async () => {
    const { workOrders, runs, logs } = server().world;
    const order = workOrders.find((one) => one.state === 'partly-failed')!;
    const log = logs.findLast((one) => one.run === order.run && one.stream === 'stderr')!;
    for (let number = 100; number < 5_200; number += 1) logs.push({ ...log, id: log.id.replace(/\d{6}$/, String(number).padStart(6, '0')), number, text: number === 5_199 ? 'the very last line\n' : `line ${number}\n` });
    const step = runs.find((one) => one.id === log.run)!.results.find((one) => one.target === log.target && one.job === log.job)!.steps.find((one) => one.step === log.step)!;
    step.attempts.find((one) => one.attempt === log.attempt)!.output = 'kept with the attempt alone';
    await page.goto(`/work-orders/${order.id.split('/')[1]!}`);
    await page.getByText('the very last line').waitFor();
    await page.getByText('Older lines are left out').waitFor();
    expect(await page.getByText(/^line 100$/).count()).toBe(0);
    await page.getByText('kept with the attempt alone').waitFor();
  }, 60_000);

  test('what is written is there again after the session ended, and after a reload', async () => {
    await page.goto('/policies/disk-space');
    const editor = page.getByLabel('Definition, YAML');
    await editor.fill(`${await editor.inputValue()}\n# an hour of thought`);
    await page.context().clearCookies();
    server().events.send('alarm', '');
    await page.getByLabel('Token', { exact: true }).fill('letmein');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await editor.waitFor();
    expect(await editor.inputValue()).toContain('an hour of thought');
    page.on('dialog', (dialog) => void dialog.accept());
    await page.reload();
    await editor.waitFor();
    expect(await editor.inputValue()).toContain('an hour of thought');
    await page.getByRole('button', { name: 'Undo changes' }).click();
    await page.reload();
    await editor.waitFor();
    expect(await editor.inputValue()).not.toContain('an hour of thought');
  }, 60_000);

  test('who would leave what is not saved is asked first', async () => {
    await page.goto('/policies/new');
    const editor = page.getByLabel('Definition, YAML');
    await editor.fill(`${await editor.inputValue()}\n# begun`);
    const alarms = page.getByRole('link', { name: 'Alarms' }).first();
    await alarms.click();
    await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Cancel' }).click();
    expect(await editor.inputValue()).toContain('# begun');
    await alarms.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Leave', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Alarms' }).waitFor();
    await goOn('/policies/new');
    await editor.waitFor();
    expect(await editor.inputValue()).not.toContain('# begun');
  }, 60_000);

  test('a save does not undo what somebody else saved meanwhile: it says who, and asks', async () => {
    await page.goto('/policies/disk-space');
    const editor = page.getByLabel('Definition, YAML');
    const text = await editor.inputValue();
    const place = server().world.definitions.findIndex((one) => one.name === 'disk-space');
    const before = server().world.definitions[place]!;
    const theirs = text.replace('"> 85"', '"> 80"');
    await editor.fill(text.replace('"> 85"', '"> 88"'));
    server().world.definitions[place] = newVersion(before, theirs, 'lee', Date.now());
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('lee saved version 2 meanwhile').waitFor();
    expect(server().world.definitions[place]!.versions.at(-1)!.source).toBe(theirs);
    expect(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Keep my text and save over it' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('disk-space, version 3').waitFor();
    expect(server().world.definitions[place]!.versions.at(-1)!.source).toContain('"> 88"');
    server().world.definitions[place] = before;
  }, 60_000);

  test('a notice that is read stays open when another arrives', async () => {
    const { notices } = server().world;
    const newest = notices.filter((one) => one.createdAtMs <= Date.now()).toSorted((a, b) => b.createdAtMs - a.createdAtMs)[0]!;
    await page.goto('/outbox');
    const opened = page.getByRole('heading', { level: 2 });
    await opened.waitFor();
    expect(await opened.innerText()).toBe(newest.subject);
    const another = { ...newest, id: `${newest.id}x`, subject: 'Another notice', createdAtMs: Date.now() };
    notices.push(another);
    server().events.send('notice', another.id);
    const list = page.getByRole('list', { name: 'Notices' });
    await list.getByText('Another notice').waitFor();
    expect(await opened.innerText()).toBe(newest.subject);
    expect(await list.locator('[data-active]').innerText()).toContain(newest.subject);
    await list.getByText('Another notice').click();
    await page.getByRole('heading', { level: 2, name: 'Another notice' }).waitFor();
  }, 60_000);
});
