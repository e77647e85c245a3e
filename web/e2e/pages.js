// Every page in both themes and two widths: nothing sticks out, axe finds nothing, the console is quiet.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { missing, open, openLive, shot, sticksOut, violations } from './browsing.js';
import { failingJob } from './logs.js';

const phone = { width: 360, height: 780 };
const wide = { width: 1440, height: 900 };
const themes = ['light', 'dark'];
/** Of the phones that are still in use, of a page at 400 %, and of the largest screens. */
const extremes = [
  { width: 320, height: 640 },
  { width: 2560, height: 1300 }
];

export async function pagesToSee(plane) {
  const failed = await plane.runOf('lighthouse/beacon-api', (run) => run.state === 'failed');
  const live = await plane.runOf('lighthouse/infrastructure-modules-eu-central-staging');
  const repository = `/repositories/${failed.repository_id}`;
  return {
    home: '/',
    runs: '/runs',
    'runs-none': '/runs?branch=no-such-branch&state=failed',
    run: `/runs/${failed.id}`,
    'run-live': `/runs/${live.id}`,
    'run-300': `/runs/${(await plane.runOf('lighthouse/conformance')).id}`,
    'run-ugly': `/runs/${(await plane.runOf('demo/🦀-playground')).id}`,
    'run-rtl': `/runs/${(await plane.runOf('kelp/متجر-الويب')).id}`,
    'run-compare': `/runs/${failed.id}/compare?against=green`,
    'run-compare-300': `/runs/${(await plane.runOf('lighthouse/conformance')).id}/compare?against=green`,
    'run-missing': `/runs/${missing}`,
    job: `/jobs/${(await failingJob(plane)).id}`,
    'job-missing': `/jobs/${missing}`,
    repository,
    'repository-branches': `${repository}?tab=branches`,
    'repository-run-now': `${repository}?run=now&ref=main`,
    'repository-schedules': `/repositories/${live.repository_id}?tab=schedules`,
    'repository-secrets': `${repository}?tab=secrets`,
    'repository-deliveries': `${repository}?tab=deliveries`,
    'repository-settings': `${repository}?tab=settings`,
    queue: '/queue',
    agents: '/agents',
    agent: `/agents/${(await plane.api('GET', '/agents')).agents[0].id}`,
    'agent-missing': `/agents/${missing}`,
    'agents-add': '/agents?add=gpu,zone%3Deu&executor=docker',
    start: '/start',
    editor: '/editor?template=node',
    'editor-rerun': `/editor?rerun=${failed.id}`,
    'not-found': '/no/such/page'
  };
}

/** In the page: rows whose number is cut, or whose branch has less room than it needs to be told from others. */
function pushedOut() {
  const right = (element) => element.getBoundingClientRect().right;
  return [...document.querySelectorAll('.rows .sub')].flatMap((sub) => {
    const [number, branch] = [sub.querySelector('.number'), sub.querySelector('.branch')];
    const bad = [];
    if (number && right(number) > right(sub) + 1) bad.push(`the number of ${sub.textContent}`);
    const text = branch?.querySelector('bdi');
    const least = Math.min(40, text?.scrollWidth ?? 0) - 1;
    if (branch && (right(branch) > right(sub) + 1 || text.getBoundingClientRect().width < least))
      bad.push(`the branch of ${sub.textContent}`);
    return bad;
  });
}

export function pages(world) {
  describe('every page', () => {
    for (const theme of themes)
      for (const viewport of [phone, wide])
        test(`${theme}, ${viewport.width} pixels`, async (t) => {
          const { browsing, plane } = world;
          const targets = Object.entries(await pagesToSee(plane));
          await browsing.page(plane, { viewport, colorScheme: theme }, async (page) => {
            for (const [name, target] of targets)
              await t.test(name, async () => {
                await open(page, plane, target);
                if (name === 'job') await page.locator('.ln.err').first().waitFor();
                await shot(page, `${name}-${theme}-${viewport.width}`);
                assert.equal(await sticksOut(page), 0, 'pixels that stick out');
                assert.deepEqual(await violations(page), []);
              });
          });
        });

    test('the sign-in page, in both themes and widths', async () => {
      const { browsing, plane } = world;
      for (const theme of themes)
        for (const viewport of [phone, wide])
          await browsing.page(plane, { viewport, colorScheme: theme, signedIn: false }, async (page) => {
            await page.goto(`${plane.url}/runs`);
            await page.getByRole('heading', { name: 'Sign in' }).waitFor();
            const focused = () => document.activeElement?.getAttribute('name') === 'token';
            await page.waitForFunction(focused, undefined, { timeout: 5000 });
            await shot(page, `sign-in-${theme}-${viewport.width}`);
            assert.equal(await sticksOut(page), 0, 'pixels that stick out');
            assert.deepEqual(await violations(page), []);
          });
    });

    test('a rail has no mark without a name', async () => {
      const { browsing, plane } = world;
      const { job } = await pagesToSee(plane);
      for (const [target, width] of [
        [job, 1440],
        ['/runs', 1000]
      ])
        await browsing.page(plane, { viewport: { width, height: 900 } }, async (page) => {
          await open(page, plane, target);
          await page.locator('.side .repos').waitFor({ state: 'attached' });
          assert.ok(await page.locator('.side').isVisible());
          assert.equal(await page.locator('.side .repos').isVisible(), false, target);
        });
    });

    test('of long names in a row none pushes another out', async () => {
      const { browsing, plane } = world;
      for (const width of [360, 900, 1440])
        await browsing.page(plane, { viewport: { width, height: 900 } }, async (page) => {
          for (const target of ['/', '/runs']) {
            await open(page, plane, target);
            await page.locator('.sub .branch').first().waitFor();
            assert.deepEqual(await page.evaluate(pushedOut), [], `${target} at ${width}`);
          }
        });
    });

    test('of a long way to a page each part is seen', async () => {
      const { browsing, plane } = world;
      const run = await plane.runOf('demo/🦀-playground');
      const { jobs } = await plane.api('GET', `/runs/${run.id}`);
      const longest = jobs.toSorted((a, b) => b.name.length - a.name.length)[0];
      await browsing.page(plane, { viewport: { width: 1024, height: 800 } }, async (page) => {
        await open(page, plane, `/jobs/${longest.id}`);
        const parts = page.locator('.crumbs li');
        await parts.nth(2).waitFor();
        const seen = await parts.evaluateAll((all) => all.map((one) => one.getBoundingClientRect().width));
        assert.ok(Math.min(...seen) > 50, `${seen}`);
        assert.equal(await sticksOut(page), 0);
      });
    });

    test('home says why a run is red, and leads to the line', async () => {
      const { browsing, plane } = world;
      await browsing.page(plane, { viewport: wide }, async (page) => {
        await openLive(page, plane, '/');
        const row = page.locator('li', { has: page.locator('.cause code') }).first();
        await row.waitFor();
        const said = await row.locator('.cause code').innerText();
        assert.ok(said.length > 0);
        await shot(page, 'home-cause');
        await row.getByRole('link', { name: 'Open log' }).click();
        await page
          .locator('.ln.err', { hasText: said.slice(0, 30) })
          .first()
          .waitFor();
      });
    });

    for (const viewport of extremes)
      test(`at ${viewport.width} pixels nothing sticks out`, async () => {
        const { browsing, plane } = world;
        const wider = [];
        await browsing.page(plane, { viewport }, async (page) => {
          for (const [name, target] of Object.entries(await pagesToSee(plane))) {
            await open(page, plane, target);
            if ((await sticksOut(page)) > 0) wider.push(name);
            await shot(page, `${name}-light-${viewport.width}`, { fullPage: false });
          }
        });
        assert.deepEqual(wider, []);
      });

    test('with the colours of the system, marks and text stay', async () => {
      const { browsing, plane } = world;
      await browsing.page(plane, { viewport: wide, forcedColors: 'active' }, async (page) => {
        const { run, job, home } = await pagesToSee(plane);
        for (const [name, target] of Object.entries({ home, run, job })) {
          await openLive(page, plane, target);
          await shot(page, `${name}-forced-colors`, { fullPage: false });
        }
      });
    });
  });
}
