// Queue, agents, palette and editor.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openLive, shot } from './browsing.js';
import { one } from './logs.js';

export function operations(world) {
  describe('operations', () => {
    test('the palette leads to a run by letters of its title', async () => {
      const { browsing, plane } = world;
      await browsing.page(plane, {}, async (page) => {
        await openLive(page, plane, '/queue');
        await page.keyboard.press('Control+k');
        await page.getByRole('combobox', { name: 'Search or jump' }).waitFor();
        await page.keyboard.type('half even');
        await page
          .getByRole('option', { name: /Round half-even/ })
          .first()
          .waitFor();
        await page.keyboard.press('Enter');
        await page.waitForURL('**/runs/*');
        await page.keyboard.press('?');
        const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
        await dialog.getByText('Queue', { exact: true }).waitFor();
        await page.keyboard.press('Escape');
        await dialog.waitFor({ state: 'hidden' });
      });
    });

    test('the join command ticks when the agent connects; it is drained, taken back, removed', async () => {
      const { browsing, plane } = world;
      await browsing.page(plane, {}, async (page) => {
        await openLive(page, plane, '/agents?add=');
        await page.getByText('Waiting for it to connect').waitFor();
        await plane.startAgent('newcomer-3', '--labels', 'bench-rig-7');
        await page.getByText('is connected').waitFor();
        await page.getByText('newcomer-3').first().waitFor();
        await page.keyboard.press('Escape');
        const row = page.locator('li', { has: page.getByRole('button', { name: 'What to do with newcomer-3' }) });
        await row.getByRole('button', { name: 'What to do with newcomer-3' }).click();
        await page.getByRole('menuitem', { name: /Drain/ }).click();
        await row.getByText('Draining').waitFor();
        await page.getByRole('button', { name: 'Undo' }).click();
        // It may take one of the jobs that wait at once.
        await row.getByText(/^(Idle|Busy)$/).waitFor();
        await row.getByRole('button', { name: 'What to do with newcomer-3' }).click();
        await page.getByRole('menuitem', { name: /Remove/ }).click();
        await page.getByRole('button', { name: 'Remove it' }).click();
        // Its program still runs and has the registration token, so it joins anew, under the same name.
        await page.getByText('newcomer-3 is removed').waitFor();
      });
    });

    test('the page of a job that can never start says what can be done, and cancels a job without a run', async () => {
      const { browsing, plane } = world;
      const { id } = await plane.api('POST', '/jobs', {
        name: 'alone',
        executor: 'shell',
        runs_on: ['nobody-has-this'],
        steps: [{ run: 'true' }]
      });
      await browsing.page(plane, {}, async (page) => {
        await openLive(page, plane, `/jobs/${id}`);
        const add = page.getByRole('link', { name: 'Add an agent with these labels' });
        assert.equal(new URL(await add.evaluate((link) => link.href)).searchParams.get('add'), 'nobody-has-this');
        await page.getByRole('link', { name: 'See what is missing' }).waitFor();
        await page.getByRole('button', { name: 'Cancel the job' }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Cancel the job' }).click();
        await page.getByRole('heading', { level: 1 }).getByText('Cancelled').waitFor();
        assert.equal((await plane.api('GET', `/jobs/${id}`)).state, 'cancelled');
      });
    });

    test('R on the page of a job that has ended runs it again, and its agent is a link', async () => {
      const { browsing, plane } = world;
      const run = await plane.ended(await plane.submit(one('again', 'exit 3')));
      const [job] = run.jobs;
      await browsing.page(plane, {}, async (page) => {
        await openLive(page, plane, `/jobs/${job.id}`);
        const agent = await page.locator('.jhead .meta a').getAttribute('href');
        assert.match(agent, /\/agents\/[^/]+$/);
        await page.getByRole('button', { name: 'Re-run job' }).waitFor();
        await page.keyboard.press('R');
        await page.waitForURL((url) => url.pathname.includes('/jobs/') && !url.pathname.endsWith(job.id));
      });
    });

    test('what can never start says which label is missing, and leaves the queue when it is cancelled', async () => {
      const { browsing, plane } = world;
      await browsing.page(plane, {}, async (page) => {
        await openLive(page, plane, '/queue');
        const stuck = page.locator('.stuck', { hasText: 'flash' });
        await stuck.getByText('nobody offers').waitFor();
        await stuck.getByText('hil-rig-3').first().waitFor();
        await stuck.getByRole('button', { name: 'Cancel the run' }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Cancel the run' }).click();
        await stuck.waitFor({ state: 'detached' });
      });
    });

    test('in the editor an error stands at its line, its fix mends it, and the plan is drawn', async () => {
      const { browsing, plane } = world;
      await browsing.page(plane, {}, async (page) => {
        await openLive(page, plane, '/editor?template=script');
        const code = page.getByRole('textbox', { name: 'Pipeline file' });
        const plan = page.getByRole('complementary', { name: 'Plan' });
        await code.click();
        await page.keyboard.press('Control+a');
        await page.keyboard.insertText(
          'on: push\ndefaults: {executor: shell}\njobs:\n  build: {steps: [{run: make}]}\n  test:\n    need: build\n    steps: [{run: ctest}]\n'
        );
        await page.getByRole('button', { name: 'Replace with needs' }).click();
        await page.getByText('none, checked by the server').waitFor();
        await plan.getByRole('link', { name: /test/ }).waitFor();
        assert.equal(await plan.locator('.node').count(), 2);
        await page.keyboard.press('Control+End');
        await page.keyboard.insertText('    execu');
        await page.keyboard.press('Control+Space');
        await page.getByRole('option', { name: /executor/ }).waitFor();
        await page.keyboard.press('Escape');
        await page.keyboard.press('g');
        await page.keyboard.press('q');
        assert.match(page.url(), /\/editor/, 'no key of the page is taken while somebody writes');
        await shot(page, 'editor-written');
      });
    });
  });
}
