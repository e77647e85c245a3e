// Every page in both themes and two widths: nothing sticks out, axe finds nothing, the console is quiet.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { open, openLive, shot, sticksOut, violations } from './browsing.js';
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
    'run-missing': '/runs/00000000-0000-7000-8000-000000000000',
    job: `/jobs/${(await failingJob(plane)).id}`,
    'job-missing': '/jobs/00000000-0000-7000-8000-000000000000',
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
    'agent-missing': '/agents/00000000-0000-7000-8000-000000000000',
    'agents-add': '/agents?add=gpu,zone%3Deu&executor=docker',
    start: '/start',
    editor: '/editor?template=node',
    'editor-rerun': `/editor?rerun=${failed.id}`,
    'not-found': '/no/such/page'
  };
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
            await shot(page, `sign-in-${theme}-${viewport.width}`);
            assert.equal(await sticksOut(page), 0, 'pixels that stick out');
            assert.deepEqual(await violations(page), []);
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
