// Queue, agents, palette, first steps and editor in a browser.
import path from 'node:path';
import axe from 'axe-core';
import { Plane, until } from './plane.js';
import { startSite } from './site.js';

export const operationsPages = {
  queue: '/queue',
  agents: '/agents',
  'agents-add': '/agents?add=gpu,zone%3Deu&executor=docker',
  start: '/start',
  editor: '/editor?template=node'
};

export async function operations({ withPage, plane, site, check, out }) {
  const open = async (page, target, url = site.url) => {
    await page.goto(url + target);
    await page.locator('#main').waitFor();
    await page.getByText('Live', { exact: true }).waitFor({ timeout: 15_000 });
  };
  const part = async (name, act) => {
    try {
      await act();
    } catch (cause) {
      check(name, false, cause.stack);
    }
  };

  await part('first steps', () => firstSteps({ withPage, check, out, open }));

  await part('the palette', () =>
    withPage({}, async (page) => {
      await open(page, '/queue');
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox', { name: 'Search or jump' }).waitFor();
      await page.keyboard.type('half even');
      await page
        .getByRole('option', { name: /Round half-even/ })
        .first()
        .waitFor();
      await page.keyboard.press('Enter');
      await page.waitForURL('**/runs/*');
      check('the palette leads to a run by letters of its title', true);
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
      check('? lists the keys that work here', await page.getByText('Queue', { exact: true }).last().isVisible());
      await page.keyboard.press('Escape');
    })
  );

  await part('agents', () =>
    withPage({}, async (page) => {
      await open(page, '/agents?add=');
      await page.getByText('Waiting for it to connect').waitFor();
      await plane.startAgent('newcomer-3', '--labels', 'bench-rig-7');
      await page.getByText('is connected').waitFor({ timeout: 15_000 });
      check('the join command ticks when the agent connects', await page.getByText('newcomer-3').first().isVisible());
      await page.keyboard.press('Escape');
      const row = page.locator('li', { has: page.getByRole('button', { name: 'newcomer-3', exact: true }) });
      await row.getByRole('button', { name: 'What to do with newcomer-3' }).click();
      await page.getByRole('menuitem', { name: /Drain/ }).click();
      await row.getByText('Draining').waitFor();
      await page.getByRole('button', { name: 'Undo' }).click();
      // It may take one of the jobs that wait at once.
      await row.getByText(/^(Idle|Busy)$/).waitFor();
      check('an agent is drained, and that is taken back', true);
      await row.getByRole('button', { name: 'What to do with newcomer-3' }).click();
      await page.getByRole('menuitem', { name: /Remove/ }).click();
      await page.getByRole('button', { name: 'Remove it' }).click();
      // Its program still runs and has the registration token, so it joins anew, under the same name.
      await page.getByText('newcomer-3 is removed').waitFor();
      check('an agent is removed after a question', true);
    })
  );

  await part('the queue', () =>
    withPage({}, async (page) => {
      await open(page, '/queue');
      const stuck = page.locator('.stuck', { hasText: 'flash' });
      await stuck.getByText('nobody offers').waitFor();
      check('what can never start says which label is missing', await stuck.getByText('hil-rig-3').first().isVisible());
      await stuck.getByRole('button', { name: 'Cancel the run' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Cancel the run' }).click();
      await stuck.waitFor({ state: 'detached', timeout: 15_000 });
      check('a run that is cancelled leaves the queue without loading the page anew', true);
    })
  );

  await part('the editor', () =>
    withPage({}, async (page, said) => {
      await open(page, '/editor?template=script');
      const code = page.getByRole('textbox', { name: 'Pipeline file' });
      const plan = page.getByRole('complementary', { name: 'Plan' });
      await code.click();
      await page.keyboard.press('Control+a');
      await page.keyboard.insertText(
        'on: push\ndefaults: {executor: shell}\njobs:\n  build: {steps: [{run: make}]}\n  test:\n    need: build\n    steps: [{run: ctest}]\n'
      );
      await page.getByRole('button', { name: 'Replace with needs' }).click();
      await page.getByText('none, checked by the server').waitFor({ timeout: 15_000 });
      await plan.getByRole('link', { name: /test/ }).waitFor();
      check(
        'an error stands at its line, its fix mends it, and the plan is drawn',
        (await plan.locator('.node').count()) === 2
      );
      await page.keyboard.press('Control+End');
      await page.keyboard.insertText('    execu');
      await page.keyboard.press('Control+Space');
      await page.getByRole('option', { name: /executor/ }).waitFor();
      check('keys are completed from the schema', true);
      await page.keyboard.press('Escape');
      await page.keyboard.press('g');
      await page.keyboard.press('q');
      check('no key of the page is taken while somebody writes', page.url().includes('/editor'), page.url());
      check('the policy lets the editor be', said.length === 0, said.join('\n'));
      await page.screenshot({ path: path.join(out, 'editor-written.png') });
    })
  );
}

/** From a server with nothing to a green run, by what the page says. */
async function firstSteps({ withPage, check, out, open }) {
  const plane = await new Plane().start();
  const site = await startSite(plane);
  try {
    await withPage({ viewport: { width: 1280, height: 900 } }, async (page, said) => {
      for (const target of ['/queue', '/agents', '/start']) {
        await open(page, target, site.url);
        await page.waitForFunction(() => !document.querySelector('.skel'));
        await page.evaluate(axe.source);
        const { violations } = await page.evaluate(() =>
          globalThis.axe.run(document, {
            runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'],
            resultTypes: ['violations']
          })
        );
        check(
          `${target} of an empty server: axe finds nothing`,
          violations.length === 0,
          violations.map(({ id }) => id).join(', ')
        );
        await page.screenshot({ path: path.join(out, `empty-${target.slice(1)}.png`), fullPage: true });
      }
      await plane.startAgent('first');
      await page.getByText('An agent is connected').waitFor({ timeout: 15_000 });
      await page.getByLabel('Clone URL').fill('file:///nowhere/at/all');
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      await page.getByRole('alert').or(page.locator('.field .error')).first().waitFor({ timeout: 15_000 });
      await page.screenshot({ path: path.join(out, 'start-refused.png'), fullPage: true });
      check('what is wrong with an address is told', true);
      const repository = await plane.addRepository({
        name: 'acme/tools',
        commits: [
          {
            title: 'First',
            files: {
              '.open-cicd.yml':
                'on: [push, manual]\ndefaults: {executor: shell}\njobs:\n  hello: {checkout: false, steps: [{run: "true"}]}\n'
            }
          }
        ]
      });
      await until(
        'the run',
        async () => (await plane.api('GET', `/runs?repository=${repository.id}`)).runs[0]?.finished_at
      );
      // Repositories are no topic of the event stream: somebody who added one elsewhere comes back to the page.
      await open(page, '/start', site.url);
      await page.getByText('Your first run is green').waitFor({ timeout: 15_000 });
      check('the first steps end with a green run', said.length === 0, said.join('\n'));
      await page.screenshot({ path: path.join(out, 'start-done.png'), fullPage: true });
    });
  } finally {
    site.stop();
    await plane.stop();
  }
}
