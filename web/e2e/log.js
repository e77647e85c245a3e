// The log viewer with real logs: how it opens, is searched, linked, folded, copied, followed.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import { open } from './browsing.js';
import { failingJob, firstError, one, printer } from './logs.js';
import { until } from './plane.js';

const viewport = { width: 1280, height: 800 };
const million = 1_000_000;
/** A task of the page's thread that takes longer is felt. */
const longTaskMs = 100;

const number = (step, line) => `.ln:not([hidden]):not(.load) > a[href="#s${step}L${line}"]`;
const rows = '.ln:not([hidden]):not(.load)';
const search = (page) => page.getByRole('textbox', { name: 'Search the whole log' });
const hits = (page, text) => page.locator('#log-search-state', { hasText: text }).waitFor();
const region = (page) => page.getByRole('region', { name: /^Log of/ });
// All lines of the log: those that the agent wrote before the first step are counted, too.
const footer = (page, text) => page.locator('.foot2', { hasText: text }).waitFor({ timeout: 60_000 });
const clipboard = { permissions: ['clipboard-read', 'clipboard-write'] };
const copied = (page) => page.evaluate(() => navigator.clipboard.readText());

/** Where an element stands in the part of the log that is seen, in pixels from its top; null when it is not seen. */
async function seenAt(page, selector) {
  return await page.evaluate((wanted) => {
    const view = document.querySelector('.jlog .text').getBoundingClientRect();
    const box = document.querySelector(wanted)?.getBoundingClientRect();
    return box && box.top >= view.top && box.bottom <= view.bottom ? box.top - view.top : null;
  }, selector);
}

export function log(world) {
  describe('the log', () => {
    let job;
    before(async () => {
      job = await failingJob(world.plane);
    });
    const opened = (act, { target = '', ...options } = {}) =>
      world.browsing.page(world.plane, { viewport, ...options }, async (page, context) => {
        await open(page, world.plane, `/jobs/${job.id}${target}`);
        await page.locator(rows).first().waitFor();
        await act(page, context);
      });

    test('opens at the first error of the failing step', () =>
      opened(async (page) => {
        const error = number(firstError.step, firstError.line);
        await page.locator(error).waitFor();
        assert.notEqual(await seenAt(page, error), null);
        const row = page.locator('.ln', { has: page.locator(`a[href="#s1L${firstError.line}"]`) });
        assert.match(await row.getAttribute('class'), /\berr\b/, 'it is marked');
        assert.match(await row.innerText(), /error: Failure/);
        const current = page.locator('.steps [aria-current="step"]');
        assert.match(await current.innerText(), /Run integration tests/);
      }));

    test('the failure card leads to that line', async () => {
      const { browsing, plane } = world;
      await browsing.page(plane, { viewport }, async (page) => {
        await open(page, plane, `/runs/${job.run_id ?? (await plane.api('GET', `/jobs/${job.id}`)).run_id}`);
        await page.getByRole('link', { name: `Open log at line ${firstError.line}` }).click();
        await page.locator(`.ln.sel > a[href="#s${firstError.step}L${firstError.line}"]`).waitFor();
      });
    });

    test('is searched as a whole: text, case, expressions, next and previous', () =>
      opened(async (page) => {
        await page.keyboard.press('/');
        await page.keyboard.type('passed');
        await hits(page, '1,400');
        await page.keyboard.press('Enter');
        await hits(page, 'of 1,400');
        await page.getByRole('button', { name: 'Match case' }).click();
        await hits(page, 'none');
        await search(page).fill('Test #\\d+00:');
        await page.getByRole('button', { name: 'Regular expression' }).click();
        await hits(page, '14');
        await search(page).fill('Test #(');
        await page.getByRole('alert').waitFor();
        await search(page).fill('Test #77:');
        await hits(page, '1');
        await search(page).press('Enter');
        await page.locator(number(1, 122)).waitFor();
        await search(page).press('Escape');
        assert.equal(await search(page).inputValue(), '');
      }));

    test('e and E walk over its errors, j and k over its lines', () =>
      opened(async (page) => {
        await page.locator(number(firstError.step, firstError.line)).waitFor();
        await page.keyboard.press('e');
        const first = await page.evaluate(() => location.hash);
        await page.keyboard.press('e');
        await page.waitForFunction((before) => location.hash !== before, first);
        await page.keyboard.press('E');
        await page.waitForFunction((before) => location.hash === before, first);
        const line = Number(/L(\d+)/.exec(first)[1]);
        await page.keyboard.press('j');
        await page.waitForFunction((hash) => location.hash === hash, `#s1L${line + 1}`);
        await page.keyboard.press('k');
        await page.waitForFunction((before) => location.hash === before, first);
      }));

    test('a link to lines holds attempt and lines, and opens there for somebody else', () =>
      opened(
        async (page, context) => {
          await page.locator(number(1, 1447)).click();
          await page.locator(number(1, 1450)).click({ modifiers: ['Shift'] });
          await page.waitForFunction(() => location.hash === '#s1L1447-s1L1450');
          await page.keyboard.press('y');
          await page.getByText('Copied the link').waitFor();
          const link = await copied(page);
          assert.match(link, /\?attempt=1#s1L1447-s1L1450$/);
          await page.keyboard.press('Y');
          await page.getByText('Copied lines').waitFor();
          const text = await copied(page);
          assert.deepEqual(text.split('\n'), [
            'tests/integration/ledger_rounding_test.cc:214: error: Failure',
            'Expected equality of these values:',
            '  refund.total().minor_units()',
            '    Which is: 1998'
          ]);
          const other = await context.newPage();
          await other.goto(link);
          await other.locator('.ln.sel').nth(3).waitFor();
          assert.equal(await other.locator('.ln.sel:not([hidden])').count(), 4);
          assert.notEqual(await seenAt(other, number(1, 1447)), null);
        },
        { ...clipboard }
      ));

    test('text that is selected is copied without numbers and times', () =>
      opened(
        async (page) => {
          await page.locator(number(1, 1447)).waitFor();
          await page.evaluate(() => {
            const row = (line) => document.querySelector(`a[href="#s1L${line}"]`).parentElement.lastElementChild;
            const range = document.createRange();
            range.setStart(row(1447), 0);
            range.setEnd(row(1448), row(1448).childNodes.length);
            getSelection().removeAllRanges();
            getSelection().addRange(range);
            document.execCommand('copy');
          });
          assert.equal(
            await copied(page),
            'tests/integration/ledger_rounding_test.cc:214: error: Failure\nExpected equality of these values:'
          );
        },
        { ...clipboard }
      ));

    test('groups and steps fold; a link into one that is folded opens it', () =>
      opened(
        async (page) => {
          await page.locator(number(1, 20)).waitFor();
          assert.notEqual(await seenAt(page, number(1, 20)), null, 'the line of the link is seen');
          await page.keyboard.press('ArrowLeft');
          await page.locator(number(1, 20)).waitFor({ state: 'detached' });
          const row = '.ln:not([hidden]) .unfold';
          await page.waitForFunction((one) => document.querySelector(one)?.ariaExpanded === 'false', row);
          const place = await seenAt(page, number(1, 1));
          assert.notEqual(place, null, 'the row of the group is seen');
          await page.locator(row, { hasText: 'Environment of the step' }).click();
          await page.waitForFunction((one) => document.querySelector(one)?.ariaExpanded === 'true', row);
          assert.equal(await seenAt(page, number(1, 1)), place, 'it stays where it was clicked');
          await page.locator(number(1, 20)).waitFor();
          const step = page.locator('.jlog button.step', { hasText: 'Collect logs' }).first();
          await page.keyboard.press('G');
          await step.waitFor();
        },
        { target: '#s1L20' }
      ));

    test('times are told since the step began, by the clock, or not', () =>
      opened(async (page) => {
        await page.locator(number(1, 1447)).waitFor();
        const time = () =>
          page.evaluate(
            () => document.querySelector('a[href="#s1L1447"]').parentElement.querySelector('time').textContent
          );
        const seen = new Set();
        for (let i = 0; i < 5; i++) {
          const hidden = !(await page.locator('.lines.timed').count());
          seen.add(hidden ? 'off' : /^\d\d:\d\d:\d\d/.test(await time()) ? 'clock' : 'step');
          const label = await page.locator('button[aria-keyshortcuts="t"]').innerText();
          await page.keyboard.press('t');
          await page.waitForFunction(
            (before) => document.querySelector('button[aria-keyshortcuts="t"]').innerText !== before,
            label
          );
        }
        assert.deepEqual([...seen].sort(), ['clock', 'off', 'step']);
      }));

    test('the plain text is the log to the byte, and a browser shows it as text', async () => {
      const { browsing, plane } = world;
      await browsing.page(plane, { viewport }, async (page) => {
        await open(page, plane, `/jobs/${job.id}`);
        const link = await page.getByRole('link', { name: 'Plain text' }).getAttribute('href');
        const answer = await page.request.get(new URL(link, plane.url).href);
        assert.match(answer.headers()['content-type'], /^text\/plain/);
        assert.equal(answer.headers()['x-content-type-options'], 'nosniff');
        assert.ok((await answer.text()).includes('error: \u001b[1;31mFailure'), 'colours and all');
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('link', { name: 'Download the log' }).click()
        ]);
        assert.equal(await readFile(await download.path(), 'utf8'), await answer.text());
      });
    });

    describe('of a million lines', () => {
      let id;
      before(async () => {
        const run = await world.plane.submit(one('million', printer(million, 10_000_000)));
        id = (await world.plane.ended(run)).jobs[0].id;
      });

      test('a link opens at its line, search finds what is far away, and little is fetched', async () => {
        const { browsing, plane } = world;
        await browsing.page(plane, { viewport }, async (page) => {
          let bytes = 0;
          page.on('response', (response) => {
            if (/\/logs\//.test(response.url())) bytes += Number(response.headers()['content-length'] ?? 0);
          });
          await open(page, plane, `/jobs/${id}?attempt=1#s0L987654`);
          await page.locator(`.ln.sel:not(.load) > a[href="#s0L987654"]`).waitFor();
          assert.match(await page.locator('.ln.sel').first().innerText(), /line 987654 ok/);
          await footer(page, /1,000,0\d\d lines/);
          await search(page).fill('line 123456 ');
          await search(page).press('Enter');
          await page.locator(number(0, 123456)).waitFor();
          await page.keyboard.press('Escape');
          await region(page).focus();
          await page.keyboard.press('End');
          await page.locator(number(0, million)).waitFor();
          await page.keyboard.press('Home');
          await page.locator(number(0, 1)).waitFor();
          assert.ok(bytes < 3_000_000, `${bytes} bytes of answers`);
          assert.ok((await page.locator('.ln').count()) < 400, 'only what is seen has elements');
        });
      });
    });

    describe('that grows', () => {
      test('is followed while 5,000 lines a second arrive, without a task that is felt', async () => {
        const { browsing, plane } = world;
        const run = await plane.submit(one('chatter', printer(30_000, 5_000)));
        const { id } = await plane.begun(run, 'chatter');
        await browsing.page(plane, { viewport }, async (page) => {
          await open(page, plane, `/jobs/${id}`);
          await footer(page, 'Following');
          const longest = await longestTask(page, async () => {
            await page.locator(number(0, 30_000)).waitFor({ timeout: 60_000 });
          });
          assert.notEqual(await seenAt(page, number(0, 30_000)), null, 'the last line is seen');
          await footer(page, /30,0\d\d lines/);
          assert.ok(longest <= longTaskMs, `a task took ${longest} ms of the page's thread`);
        });
      });

      test('yields to the reader, says so, and does not move under them', async () => {
        const { browsing, plane } = world;
        const run = await plane.submit(one('reader', printer(40_000, 2_000)));
        const { id } = await plane.begun(run, 'reader');
        await browsing.page(plane, { viewport }, async (page) => {
          await open(page, plane, `/jobs/${id}`);
          await footer(page, 'Following');
          await page.waitForFunction(() => document.querySelectorAll('.ln:not([hidden])').length > 20);
          await region(page).hover();
          await page.mouse.wheel(0, -600);
          const follow = page.locator('button.follow');
          await follow.waitFor();
          const place = () =>
            page.evaluate(() => {
              const view = document.querySelector('.jlog .text').getBoundingClientRect();
              const row = [...document.querySelectorAll('.ln:not([hidden])')].find(
                (one) => one.getBoundingClientRect().top >= view.top + 40
              );
              return `${row.querySelector('a').hash} at ${Math.round(row.getBoundingClientRect().top)}`;
            });
          // The wheel may still turn for a moment.
          let before = await place();
          await until('the wheel to stand still', async () => {
            const now = await place();
            const still = now === before;
            before = now;
            return still;
          });
          await follow.filter({ hasText: /[1-9][\d,]{3,} new lines/ }).waitFor();
          assert.equal(await place(), before, 'not by a pixel');
          await page.keyboard.press('f');
          await footer(page, 'Following');
          await plane.api('POST', `/runs/${run}/cancel`);
        });
      });

      test('goes on after a restart of the server, without a line lost or twice', async () => {
        const { browsing, plane } = world;
        const run = await plane.submit(one('restarted', printer(9_000, 1_000)));
        const { id } = await plane.begun(run, 'restarted');
        await browsing.page(plane, { viewport, troubled: true }, async (page) => {
          await open(page, plane, `/jobs/${id}`);
          await footer(page, 'Following');
          await page.locator(rows).first().waitFor();
          await plane.stopServer();
          await footer(page, 'Reconnecting');
          await plane.startServer();
          await page.locator(number(0, 9_000)).waitFor({ timeout: 90_000 });
          await footer(page, /9,0\d\d lines/);
          const wrong = await page.evaluate(() =>
            [...document.querySelectorAll('.ln:not([hidden]):not(.load)')]
              .map((row) => [row.querySelector('a').hash, row.lastElementChild.textContent])
              .filter(([hash, text]) => text !== `line ${hash.split('L')[1]} ok of what a build says when it says much`)
          );
          assert.deepEqual(wrong, []);
        });
      });
    });
  });
}

/**
 * The longest task of the page's main thread while `act` runs, in ms of processor time: how long it took by the clock
 * would say how busy the machine is.
 */
async function longestTask(page, act) {
  const session = await page.context().newCDPSession(page);
  const browser = await page.context().browser().newBrowserCDPSession();
  const events = [];
  browser.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  const complete = new Promise((done) => browser.once('Tracing.tracingComplete', done));
  await browser.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel', '__metadata'], excludedCategories: ['*'] }
  });
  await act();
  await browser.send('Tracing.end');
  await complete;
  await browser.detach();
  await session.detach();
  const threads = new Set(
    events
      .filter((event) => event.name === 'thread_name' && event.args.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`)
  );
  const tasks = events.filter((event) => event.tdur !== undefined && threads.has(`${event.pid} ${event.tid}`));
  assert.ok(tasks.length > 100, `the trace has ${tasks.length} tasks of the page`);
  return Math.max(...tasks.map((event) => event.tdur)) / 1000;
}
