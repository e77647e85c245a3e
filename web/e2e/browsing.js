// A browser with somebody signed in, and what each test asks of a page.
import axe from 'axe-core';
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

/** Where screenshots are left, for a person to look at. */
export const out = path.join(path.dirname(fileURLToPath(import.meta.url)), 'out');
const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** Not asked for by WCAG, but how many readers of screens move through a page. */
const headings = { 'heading-order': { enabled: true }, 'page-has-heading-one': { enabled: true } };
const waitMs = 20_000;

export async function launch() {
  await mkdir(out, { recursive: true });
  return await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
      '--font-render-hinting=none'
    ]
  });
}

/** Runs in each page before its own scripts: what the policy of the pages refused. */
function noteRefusals() {
  globalThis.refused = [];
  document.addEventListener('securitypolicyviolation', (event) => {
    globalThis.refused.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
  });
}

export class Browsing {
  #browser;
  #sessions = new Map();
  #failed = 0;

  constructor(browser) {
    this.#browser = browser;
  }

  /**
   * A page of its own with the administrator of `plane` signed in, or nobody with `signedIn: false`. What the page says that
   * it should not (errors, dialogs, refusals of the policy, requests to other hosts) makes the test fail when `act` is done.
   * `troubled: true` lets errors be, where a server that is away is the matter of the test.
   */
  async page(plane, { signedIn = true, troubled = false, ...options }, act) {
    const context = await this.#browser.newContext({
      reducedMotion: 'reduce',
      timezoneId: 'Europe/Berlin',
      locale: 'en-GB',
      storageState: signedIn ? await this.#session(plane) : undefined,
      ...options
    });
    context.setDefaultTimeout(waitMs);
    await context.addInitScript(noteRefusals);
    const said = [];
    context.on('page', (page) => listen(page, said, plane.url));
    const page = await context.newPage();
    try {
      await act(page, context);
      const refused = await page.evaluate(() => globalThis.refused ?? []).catch(() => []);
      if (!troubled) assert.deepEqual([...said, ...refused], [], 'the page says nothing that it should not');
    } catch (cause) {
      await shot(page, `failed-${++this.#failed}`, { fullPage: false }).catch(() => undefined);
      throw new Error(`at ${page.url()}, see failed-${this.#failed}.png`, { cause });
    } finally {
      await context.close();
    }
  }

  async #session(plane) {
    if (!this.#sessions.has(plane)) {
      const context = await this.#browser.newContext();
      const answer = await context.request.post(`${plane.url}/api/v1/session`, {
        data: { token: plane.token },
        headers: { origin: plane.url }
      });
      assert.equal(answer.status(), 204, await answer.text());
      this.#sessions.set(plane, await context.storageState());
      await context.close();
    }
    return this.#sessions.get(plane);
  }
}

function listen(page, said, url) {
  page.on('pageerror', (error) => said.push(error.message));
  // The browser says that something failed to load, and not what: the answers themselves say more.
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) said.push(message.text());
  });
  page.on('response', (answer) => {
    if (answer.status() === 404 && !mayBeMissing(answer.url(), page.url())) said.push(`404 of ${answer.url()}`);
  });
  page.on('dialog', (dialog) => {
    said.push(`a dialog opened: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const asked = request.url();
    if (!asked.startsWith(url) && !/^(data|blob|about):/.test(asked)) said.push(`another host is asked: ${asked}`);
  });
}

/** An id that nothing has. */
export const missing = '00000000-0000-7000-8000-000000000000';

/** Many runs have no analysis; and what an address of a page names may not be there, which a test can ask for. */
function mayBeMissing(asked, shown) {
  const { pathname } = new URL(asked);
  const named = /^\/(runs|jobs|repositories|agents)\/[^/]+/.exec(new URL(shown).pathname);
  if (asked.includes(missing)) return true;
  return pathname.endsWith('/analysis') || (named !== null && pathname.startsWith(`/api/v1${named[0]}`));
}

/** Goes to a page of the server and waits until it shows what it has. */
export async function open(page, plane, target) {
  await page.goto(plane.url + target);
  await page.locator('#main').waitFor();
  await page.waitForFunction(() => !document.querySelector('.skel'));
}

/** And until what changes is seen. */
export async function openLive(page, plane, target) {
  await open(page, plane, target);
  await live(page);
}
export const live = (page) => page.getByText('Live', { exact: true }).waitFor();

/** What axe finds, in words; empty when it finds nothing. */
export async function violations(page) {
  await page.evaluate(axe.source);
  const found = await page.evaluate(
    ({ tags, headings }) =>
      globalThis.axe.run(document, { runOnly: tags, rules: headings, resultTypes: ['violations'] }),
    { tags: wcag, headings }
  );
  return found.violations.map(
    ({ id, nodes }) =>
      `${id} at ${nodes
        .slice(0, 3)
        .map((node) => node.target.join(' '))
        .join(', ')}`
  );
}

/** By how many pixels the page is wider than its window. */
export const sticksOut = (page) =>
  page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - globalThis.innerWidth));

export const shot = (page, name, options = {}) =>
  page.screenshot({ path: path.join(out, `${name}.png`), fullPage: true, ...options });
