// What changes while somebody looks.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { live as isLive, open, openLive } from './browsing.js';
import { one } from './logs.js';
import { until } from './plane.js';

export function live(world) {
  describe('live', () => {
    // A test that fails with the server away leaves it to the next.
    afterEach(() => world.plane.startServer());

    test('a re-run is seen from its begin to its end without loading the page anew', async () => {
      const { browsing, plane } = world;
      const run = await plane.runOf('lighthouse/beacon-api', (one) => one.state === 'failed');
      await browsing.page(plane, {}, async (page) => {
        await openLive(page, plane, `/runs/${run.id}`);
        await page.getByRole('button', { name: /Re-run failed/ }).click();
        await page.locator('.badge', { hasText: /Running|Waiting/ }).waitFor();
        await page.getByRole('link', { name: 'Round 1' }).waitFor();
        await page.locator('.badge', { hasText: 'Failed' }).waitFor({ timeout: 60_000 });
        await page.getByRole('link', { name: 'Round 1' }).click();
        await page.getByText('This is round 1 as it ended').waitFor();
      });
    });

    test('title and icon say how the run goes', async () => {
      const { browsing, plane } = world;
      await browsing.page(plane, {}, async (page) => {
        const job = await plane.waiting();
        const id = await plane.submit(one('wait-for-me', job.script));
        await openLive(page, plane, `/runs/${id}`);
        const icon = () => page.locator('link[rel~="icon"]').last().getAttribute('href');
        await page.waitForFunction(() => document.title.startsWith('● 0/1 wait-for-me'));
        const running = await icon();
        await job.end();
        await page.waitForFunction(() => document.title.startsWith('✓ wait-for-me'));
        assert.notEqual(await icon(), running, 'the icon changes with the state');
      });
    });

    test('ten tabs share one stream', async () => {
      const { browsing, plane } = world;
      await browsing.page(plane, {}, async (page, context) => {
        await openLive(page, plane, '/');
        const tabs = [page];
        for (let i = 0; i < 9; i++) {
          const tab = await context.newPage();
          await open(tab, plane, i % 2 ? '/runs' : '/');
          tabs.push(tab);
        }
        for (const tab of tabs) await isLive(tab);
        await until('one stream', async () => (await plane.metric('open_cicd_event_streams')) === 1);
        // Each of them is told.
        const id = await plane.submit(one('seen-in-ten-tabs', 'true'));
        for (const tab of tabs) await tab.getByText('seen-in-ten-tabs').first().waitFor();
        await plane.ended(id);
      });
    });

    test('a server that is away is told of, and the page goes on by itself when it is back', async () => {
      const { browsing, plane } = world;
      await browsing.page(plane, { troubled: true }, async (page) => {
        await openLive(page, plane, '/runs');
        const shown = await page.locator('.rows > li').count();
        await plane.stopServer();
        await page.getByText(/Reconnecting\. What you see is of/).waitFor();
        assert.equal(await page.locator('.rows > li').count(), shown, 'what was there stays');
        await plane.startServer();
        // After a pause of half a minute at most; the button is for who does not wait.
        await page.getByText('Live', { exact: true }).waitFor({ timeout: 60_000 });
        const id = await plane.submit(one('after-the-restart', 'true'));
        await page.getByText('after-the-restart').first().waitFor();
        await plane.ended(id);
      });
    });

    const places = ['Home', 'Runs', 'Queue', 'Agents'];
    const place = (page, name) => page.locator('.side').getByRole('link', { name: new RegExp(`^${name}\\b`) });
    const title = (page, name) => page.getByRole('heading', { level: 1, name, exact: true });
    const putOff = /This page can’t be opened yet: the server can’t be reached/;

    test('the common pages are opened also while the server is away', async () => {
      const { browsing, plane } = world;
      await browsing.page(plane, { troubled: true }, async (page) => {
        await openLive(page, plane, '/');
        await page.waitForFunction(() => performance.getEntriesByName('pages-preloaded').length > 0);
        await plane.stopServer();
        await page
          .getByText(/Reconnecting/)
          .first()
          .waitFor();
        for (const name of [...places, 'Home']) {
          await place(page, name).click();
          await title(page, name).waitFor();
        }
        await plane.startServer();
        await isLive(page);
      });
    });

    test('a page whose code is not there yet waits for the server, and the one before it stays', async () => {
      const { browsing, plane } = world;
      await browsing.page(plane, { troubled: true }, async (page) => {
        // Nothing is loaded ahead.
        await page.addInitScript(() => (globalThis.requestIdleCallback = () => 0));
        await openLive(page, plane, '/runs');
        await plane.stopServer();
        await page
          .getByText(/Reconnecting/)
          .first()
          .waitFor();
        for (const name of ['Home', 'Queue', 'Agents']) {
          await place(page, name).click();
          await page.getByText(putOff).waitFor();
          assert.ok(await title(page, 'Runs').isVisible(), 'the page before it stays');
          await page.getByRole('button', { name: 'Stay here' }).click();
          await page.getByText(putOff).waitFor({ state: 'detached' });
        }
        await place(page, 'Agents').click();
        await page.getByText(putOff).waitFor();
        await plane.startServer();
        await title(page, 'Agents').waitFor();
        await isLive(page);
        await page.goBack();
        await title(page, 'Runs').waitFor();
      });
    });

    test('a page whose code does not come says so within the frame, and opens when the server answers', async () => {
      const { browsing, plane } = world;
      await browsing.page(plane, { troubled: true }, async (page) => {
        await page.addInitScript(() => (globalThis.requestIdleCallback = () => 0));
        await openLive(page, plane, '/runs');
        // The stream stands, so the page does not know yet that nothing else comes.
        const away = [/_app\/immutable/, /\/api\/v1\/session/];
        for (const target of away) await page.route(target, (route) => route.abort('connectionrefused'));
        await place(page, 'Agents').click();
        await page.getByRole('heading', { name: 'This page can’t be opened yet' }).waitFor();
        await place(page, 'Runs').click();
        await title(page, 'Runs').waitFor();
        await place(page, 'Agents').click();
        await page.getByRole('heading', { name: 'This page can’t be opened yet' }).waitFor();
        for (const target of away) await page.unroute(target);
        await title(page, 'Agents').waitFor();
        await isLive(page);
      });
    });
  });
}
