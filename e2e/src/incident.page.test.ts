/** A person's first minutes with one process on embedded engines, and what every page owes to everybody. */
import { AxeBuilder } from '@axe-core/playwright';
import { startServer } from '@opsloop/testing';
import { describeIncident } from './incident-walk.js';

describeIncident({
  title: 'the simulated incident',
  startMs: 60_000,
  drawnWithinMs: 15_000,
  healedWithinMs: 60_000,
  async start(dataDir) {
    const server = await startServer({ dataDir, settings: { OPSLOOP_HOST_AGENT: 'on', OPSLOOP_DEMO: 'on' }, log: 'ignore' });
    return { ...server, signIn: async (page) => void (await page.goto(server.signInUrl)) };
  },
  more({ server, page, shoot }) {
    it.each(['/', '/alarms', '/metrics', '/resources', '/policies', '/work-orders', '/playbooks', '/outbox', '/dead-letters', '/settings'])('has nothing that axe finds on %s', async (path) => {
      await page().goto(`${server().url}${path}`);
      await page().locator('h1').first().waitFor();
      await page().waitForTimeout(500);
      const { violations } = await new AxeBuilder({ page: page() }).options({ resultTypes: ['violations'], preload: false }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 120)}`)).toEqual([]);
      expect(await page().evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')).toBe(true);
    }, 90_000);

    it('fits a phone', async () => {
      await page().setViewportSize({ width: 360, height: 780 });
      for (const path of ['/', '/alarms', '/metrics', '/work-orders', '/settings']) {
        await page().goto(`${server().url}${path}`);
        await page().locator('h1').first().waitFor();
        await page().waitForTimeout(500);
        await shoot(`phone${path.replaceAll('/', '-')}`);
        expect(await page().evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
      }
      await page().setViewportSize({ width: 1360, height: 900 });
    }, 120_000);
  },
});
