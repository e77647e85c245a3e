// Browser tests against a real server with real agents: every page in both themes and two widths, axe, budgets, and what
// only a browser can show. Screenshots are left in e2e/out, for a person to look at.
//   npm run build && npm run e2e            OPEN_CICD_PROGRAMS names the folder of the programs
import axe from 'axe-core';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { Plane, until } from './plane.js';
import { startSite } from './site.js';

const out = path.join(path.dirname(fileURLToPath(import.meta.url)), 'out');
const only = process.argv[2];
const kb = 1024;
const budgets = { shell: 75 * kb, home: 110 * kb, run: 110 * kb, repository: 110 * kb };
const widths = [360, 1440];
const themes = ['light', 'dark'];
const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

await mkdir(out, { recursive: true });
const plane = await new Plane().start();
const site = await startSite(plane);
let browser;
const failures = [];

function check(name, good, detail = '') {
  console.log(`${good ? 'ok  ' : 'FAIL'} ${name}${good || !detail ? '' : `: ${detail}`}`);
  if (!good) failures.push(name);
}

async function withPage(options, act) {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  const said = [];
  page.on('pageerror', (error) => said.push(error.message));
  // A page that asks for what is not there, as of a run without an analysis, is told so by the browser itself.
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) said.push(message.text());
  });
  page.on('dialog', (dialog) => {
    said.push(`a dialog opened: ${dialog.message()}`);
    void dialog.dismiss();
  });
  try {
    await act(page, said, context);
  } finally {
    await context.close();
  }
}

const open = async (page, target) => {
  await page.goto(site.url + target);
  await page.locator('#main').waitFor();
  await page.waitForFunction(() => !document.querySelector('.skel'));
};

async function runOf(name, pick = () => true) {
  const { runs } = await plane.api('GET', '/runs?limit=100');
  return runs.find((run) => run.repository === name && pick(run));
}

async function pagesToSee() {
  const failed = await runOf('lighthouse/beacon-api', (run) => run.state === 'failed');
  const live = await runOf('lighthouse/infrastructure-modules-eu-central-staging');
  const repository = `/repositories/${failed.repository_id}`;
  return {
    home: '/',
    runs: '/runs',
    'runs-none': '/runs?branch=no-such-branch&state=failed',
    run: `/runs/${failed.id}`,
    'run-live': `/runs/${live.id}`,
    'run-300': `/runs/${(await runOf('lighthouse/conformance')).id}`,
    'run-ugly': `/runs/${(await runOf('demo/🦀-playground')).id}`,
    'run-rtl': `/runs/${(await runOf('kelp/متجر-الويب')).id}`,
    'run-missing': '/runs/00000000-0000-7000-8000-000000000000',
    repository,
    'repository-schedules': `/repositories/${live.repository_id}?tab=schedules`,
    'repository-secrets': `${repository}?tab=secrets`,
    'repository-deliveries': `${repository}?tab=deliveries`,
    'repository-settings': `${repository}?tab=settings`,
    'sign-in': '/sign-in',
    'not-found': '/no/such/page'
  };
}

async function everyPage() {
  const pages = await pagesToSee();
  for (const theme of themes) {
    for (const width of widths) {
      await withPage(
        { viewport: { width, height: width < 700 ? 780 : 900 }, colorScheme: theme },
        async (page, said) => {
          for (const [name, target] of Object.entries(pages)) {
            if (name === 'sign-in') continue;
            said.length = 0;
            await open(page, target);
            const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
            check(`${name} ${theme} ${width}: nothing sticks out`, over <= 0, `${over} px`);
            await page.evaluate(axe.source);
            const { violations } = await page.evaluate(
              (tags) => globalThis.axe.run(document, { runOnly: tags, resultTypes: ['violations'] }),
              wcag
            );
            check(
              `${name} ${theme} ${width}: axe finds nothing`,
              violations.length === 0,
              violations
                .map(({ id, nodes }) => `${id} at ${nodes.slice(0, 3).map((node) => node.target.join(' '))}`)
                .join('; ')
            );
            check(`${name} ${theme} ${width}: the console is quiet`, said.length === 0, said.join('\n'));
            await page.screenshot({ path: path.join(out, `${name}-${theme}-${width}.png`), fullPage: true });
          }
        }
      );
    }
  }
}

async function budgetsHold() {
  const pages = await pagesToSee();
  for (const [name, target] of [
    // A page without any content of its own.
    ['shell', pages['not-found']],
    ['home', '/'],
    ['run', pages.run],
    ['repository', pages.repository]
  ]) {
    await withPage({}, async (page) => {
      let bytes = 0;
      page.on('response', (response) => {
        const file = /\.(js|css)$/.test(new URL(response.url()).pathname);
        if (file) bytes += Number(response.headers()['content-length'] ?? 0);
      });
      await open(page, target);
      await page.waitForLoadState('load');
      const size = `${(bytes / kb).toFixed(1)} KB gzip`;
      console.log(`     ${name}: ${size}`);
      check(`${name} is within ${budgets[name] / kb} KB gzip`, bytes <= budgets[name], size);
    });
  }
}

async function liveWithoutReload() {
  const run = await runOf('lighthouse/beacon-api', (one) => one.state === 'failed');
  await withPage({}, async (page) => {
    await open(page, `/runs/${run.id}`);
    await page.getByText('Live', { exact: true }).waitFor();
    const live = await runOf('lighthouse/infrastructure-modules-eu-central-staging');
    await plane.api('POST', `/runs/${live.id}/cancel`);
    await page.getByRole('button', { name: /Re-run failed/ }).click();
    await page.locator('.badge', { hasText: /Running|Waiting/ }).waitFor({ timeout: 10_000 });
    await page.getByRole('link', { name: 'Round 1' }).waitFor();
    await page.locator('.badge', { hasText: 'Failed' }).waitFor({ timeout: 60_000 });
    check('a re-run is seen from its begin to its end without loading the page anew', true);
    await page.getByRole('link', { name: 'Round 1' }).click();
    await page.getByText('This is round 1 as it ended').waitFor();
    check('an earlier round is kept beside it', true);
  });
}

async function tenTabs() {
  await withPage({}, async (page, _said, context) => {
    await open(page, '/');
    site.streamsMost = site.streams;
    const tabs = [];
    for (let i = 0; i < 9; i++) {
      const tab = await context.newPage();
      await open(tab, i % 2 ? '/runs' : '/');
      tabs.push(tab);
    }
    for (const tab of tabs) await tab.getByText('Live', { exact: true }).waitFor({ timeout: 10_000 });
    // A stream that follows more takes the place of the one before it when it stands: two, for that moment.
    await until('one stream', () => site.streams === 1);
    check('ten tabs share one stream', site.streamsMost <= 2, `${site.streamsMost} at once`);
  });
}

async function restart() {
  await withPage({}, async (page) => {
    await open(page, '/runs');
    await page.getByText('Live', { exact: true }).waitFor();
    await plane.stopServer();
    await page.getByText(/Reconnecting\. What you see is of/).waitFor({ timeout: 15_000 });
    check('a server that is away is told of', (await page.locator('.rows > li').count()) > 0);
    await plane.startServer();
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByText('Live', { exact: true }).waitFor({ timeout: 45_000 });
    check('and the page goes on when it is back', true);
  });
}

async function byKeyboard() {
  const run = await runOf('lighthouse/beacon-api', (one) => one.state === 'failed');
  await withPage({}, async (page) => {
    await open(page, `/runs/${run.id}`);
    await page.keyboard.press('n');
    const name = await page.evaluate(() => document.activeElement?.textContent ?? '');
    check('n goes to the first failed job', /postgres/.test(name), name);
    await page.keyboard.press('g');
    await page.keyboard.press('q');
    await page.waitForURL('**/queue');
    check('g q goes to the queue', true);
    await page.goBack();
    await page.locator('.graph .node[tabindex="0"]').focus();
    await page.keyboard.press('ArrowRight');
    const node = await page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
    check('arrows go along the graph', /^(build|lint|docs-site)/.test(node), node);
  });
}

try {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']
  });
  await plane.fill();
  for (const part of [everyPage, budgetsHold, tenTabs, byKeyboard, liveWithoutReload, restart]) {
    if (only && part.name !== only) continue;
    try {
      await part();
    } catch (cause) {
      check(part.name, false, cause.stack);
    }
  }
} finally {
  await browser?.close();
  site.stop();
  await plane.stop();
}
console.log(failures.length ? `${failures.length} failed` : 'all good');
process.exitCode = failures.length ? 1 : 0;
