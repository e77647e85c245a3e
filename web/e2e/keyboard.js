// Without a mouse.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { open, openLive } from './browsing.js';
import { failingJob, firstError } from './logs.js';

const focused = (page) => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');

export function keyboard(world) {
  describe('by keyboard alone', () => {
    test('from home to the line that failed', async () => {
      const { browsing, plane } = world;
      const job = await failingJob(plane);
      await browsing.page(plane, { viewport: { width: 1280, height: 800 } }, async (page) => {
        await openLive(page, plane, '/');
        await page.keyboard.press('g');
        await page.keyboard.press('r');
        await page.waitForURL('**/runs');
        await page.keyboard.press('Control+k');
        await page.getByRole('combobox', { name: 'Search or jump' }).waitFor();
        await page.keyboard.type('ledger');
        await page
          .getByRole('option', { name: /ledger/ })
          .first()
          .waitFor();
        await page.keyboard.press('Enter');
        await page.waitForURL('**/runs/*');
        await page.getByRole('region', { name: 'What failed' }).waitFor();
        await page.keyboard.press('n');
        assert.match(await focused(page), /integration/, 'n goes to the first failed job');
        await page.keyboard.press('Enter');
        await page.waitForURL(`**/jobs/${job.id}**`);
        const error = page.locator(`.ln.err > a[href="#s${firstError.step}L${firstError.line}"]`);
        await error.waitFor();
        await page.keyboard.press('e');
        await page.waitForFunction(() => /^#s1L/.test(location.hash));
      });
    });

    test('arrows go along the graph', async () => {
      const { browsing, plane } = world;
      const run = await plane.runOf('lighthouse/beacon-api', (one) => one.state === 'failed');
      await browsing.page(plane, {}, async (page) => {
        await open(page, plane, `/runs/${run.id}`);
        await page.locator('.graph .node[tabindex="0"]').focus();
        await page.keyboard.press('ArrowRight');
        assert.match(await focused(page), /^(build|lint|docs-site)/);
      });
    });

    test('the first stop leads past the navigation', async () => {
      const { browsing, plane } = world;
      await browsing.page(plane, {}, async (page) => {
        await open(page, plane, '/runs');
        await page.keyboard.press('Tab');
        assert.match(await focused(page), /Skip to/);
        await page.keyboard.press('Enter');
        assert.equal(await page.evaluate(() => document.activeElement?.closest('main') !== null), true);
      });
    });

    test('every stop shows that it has the focus', async () => {
      const { browsing, plane } = world;
      const run = await plane.runOf('lighthouse/beacon-api', (one) => one.state === 'failed');
      await browsing.page(plane, { viewport: { width: 1280, height: 800 } }, async (page) => {
        const hidden = [];
        for (const target of ['/', `/runs/${run.id}`, `/repositories/${run.repository_id}`, '/agents']) {
          await open(page, plane, target);
          for (let i = 0; i < 40; i++) {
            await page.keyboard.press('Tab');
            const seen = await page.evaluate(isFocusSeen);
            if (seen) hidden.push(`${target}: ${seen}`);
          }
        }
        assert.deepEqual([...new Set(hidden)], []);
      });
    });
  });
}

/** Runs in the page. Nothing, or the element that has the focus and shows none. */
function isFocusSeen() {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  // What shows the focus may stand around it: a field's frame, the ring of a region.
  for (let at = element, up = 0; at && up < 4; at = at.parentElement, up++)
    for (const part of [null, '::before', '::after']) {
      const style = getComputedStyle(at, part);
      if (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1) return null;
      if (part !== null && parseFloat(style.borderTopWidth) >= 2 && style.position === 'absolute') return null;
    }
  if (getComputedStyle(element).boxShadow !== 'none') return null;
  return element.outerHTML.slice(0, 120);
}
