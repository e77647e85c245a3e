// Somebody with a new server and no documentation: from the link that is printed to a red run, its line, and a green one.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { live, open, openLive, shot, violations } from './browsing.js';
import { Plane } from './plane.js';

const viewport = { width: 1280, height: 900 };
const pipeline = (script) => `on: [push, manual]
defaults: {executor: shell}
jobs:
  hello:
    steps:
      - {name: build, run: "echo building; echo built"}
      - {name: test, run: "${script}"}
`;

export function newcomer(world) {
  describe('a new server', () => {
    let plane;
    before(async () => {
      plane = await new Plane().start();
    });
    after(() => plane.stop());

    test('a link that is printed signs in, once', async () => {
      const { browsing } = world;
      const link = (await plane.cli('sign-in')).trim();
      await browsing.page(plane, { viewport, signedIn: false }, async (page) => {
        await page.goto(link);
        await live(page);
        assert.doesNotMatch(page.url(), /code=/);
        await page.goBack().catch(() => undefined);
        assert.doesNotMatch(page.url(), /code=/, 'the code is not kept in the history');
      });
      await browsing.page(plane, { viewport, signedIn: false }, async (page) => {
        await page.goto(link);
        await page.getByText('The link did not sign you in').waitFor();
      });
    });

    test('a wrong token is refused in words, a right one signs in and comes to the page that was asked for', async () => {
      const { browsing } = world;
      await browsing.page(plane, { viewport, signedIn: false }, async (page) => {
        await page.goto(`${plane.url}/agents`);
        const field = page.getByLabel(/token/i).first();
        await field.fill('occ_admin_wrong');
        await page.keyboard.press('Enter');
        await page.getByRole('alert').or(page.locator('.error')).first().waitFor();
        await field.fill(plane.token);
        await page.keyboard.press('Enter');
        await live(page);
        assert.match(page.url(), /\/agents$/);
        const cookies = await page.context().cookies();
        assert.ok(cookies.every(({ httpOnly, sameSite }) => httpOnly && sameSite === 'Lax'));
        assert.equal(await page.evaluate(() => document.cookie), '');
      });
    });

    test('a session that ends asks again in place, and nothing of the page is lost', async () => {
      const { browsing } = world;
      await browsing.page(plane, { viewport, signedIn: false, troubled: true }, async (page, context) => {
        await page.goto(`${plane.url}/editor?template=script`);
        await page.getByLabel(/token/i).first().fill(plane.token);
        await page.keyboard.press('Enter');
        const code = page.getByRole('textbox', { name: 'Pipeline file' });
        await code.click();
        await page.keyboard.press('Control+End');
        await page.keyboard.insertText('# written before the session ended');
        const ended = await context.request.delete(`${plane.url}/api/v1/session`, { headers: { origin: plane.url } });
        assert.equal(ended.status(), 204);
        await page.keyboard.insertText(' and after');
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel(/token/i).first().fill(plane.token);
        await page.keyboard.press('Enter');
        await dialog.waitFor({ state: 'hidden' });
        assert.match(await code.innerText(), /written before the session ended/);
      });
    });

    test('empty pages say what to do', async () => {
      const { browsing } = world;
      await browsing.page(plane, { viewport }, async (page) => {
        for (const [name, target] of Object.entries({
          home: '/',
          runs: '/runs',
          queue: '/queue',
          agents: '/agents',
          start: '/start'
        })) {
          await open(page, plane, target);
          await shot(page, `empty-${name}`);
          assert.deepEqual(await violations(page), [], target);
        }
      });
    });

    test('from nothing to a red run, its line, and a green one', async () => {
      const { browsing } = world;
      await browsing.page(plane, { viewport }, async (page) => {
        await openLive(page, plane, '/');
        await page.getByRole('link', { name: 'Start here' }).click();
        await page.waitForURL('**/start');
        await plane.startAgent('first');
        await page.getByText('An agent is connected').waitFor();
        await page.getByLabel('Clone URL').fill('file:///nowhere/at/all');
        await page.getByRole('button', { name: 'Add', exact: true }).click();
        await page.getByRole('alert').or(page.locator('.field .error')).first().waitFor();
        await shot(page, 'start-refused');

        const git = await plane.gitFolder({ '.open-cicd.yml': pipeline('echo error: it is red; exit 3') });
        await page.getByLabel('Clone URL').fill(git.url);
        await page.getByRole('button', { name: 'Add', exact: true }).click();
        await shot(page, 'start-added');
        await page.getByRole('button', { name: /^Run/ }).first().click();
        // The page leads to the run, which has its commit's title.
        await page.locator('#main').getByRole('link', { name: 'First', exact: true }).click();
        await page.waitForURL('**/runs/*');
        await page.locator('.badge', { hasText: 'Failed' }).waitFor({ timeout: 60_000 });
        await shot(page, 'first-run-red');
        await page.getByRole('link', { name: /Open log at line/ }).click();
        await page.locator('.ln.sel', { hasText: 'error: it is red' }).waitFor();
        await shot(page, 'first-line');

        await git.commit({ '.open-cicd.yml': pipeline('echo green') }, 'Make it green');
        await openLive(page, plane, '/start');
        await page.getByRole('button', { name: 'Run it now' }).click();
        await page.getByText('Your first run is green').waitFor({ timeout: 60_000 });
        await shot(page, 'start-done');
      });
    });
  });
}
