// What jobs print and people call things is hostile: cases of docs/reference/security-cases.md.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { open, openLive, shot } from './browsing.js';
import { one, perl } from './logs.js';
import { sources } from './sources.js';

const markup = [
  '<script>globalThis.stung = 1</script>',
  '<img src=x onerror="globalThis.stung = 2">',
  '"><svg/onload=globalThis.stung=3>',
  "'><iframe srcdoc='<script>parent.stung=4</script>'></iframe>",
  '[a link](javascript:globalThis.stung=5)',
  '<a href="javascript:globalThis.stung=6" id=trap>click</a>',
  'data:text/html,<script>globalThis.stung=7</script>',
  '{{constructor.constructor("globalThis.stung=8")()}}',
  '${globalThis.stung=9}',
  '<style>*{display:none}</style>',
  '<base href="https://evil.example/">',
  '<meta http-equiv=refresh content="0;url=https://evil.example/">',
  '</title><script>globalThis.stung = 10</script>'
];
const naughty = createRequire(import.meta.url)('big-list-of-naughty-strings');

/** Runs in the page: what only markup that came alive would have made. */
function alive() {
  const made = document.querySelectorAll(
    'img[src="x"], iframe, object, embed, svg[onload], #trap, base, meta[http-equiv=refresh]'
  );
  const links = [...document.links].filter((link) => !/^(https?|blob):$/.test(link.protocol));
  const scripts = [...document.scripts].filter((script) => /stung/.test(script.textContent));
  return {
    stung: globalThis.stung ?? null,
    made: [...made, ...links, ...scripts].map((element) => element.outerHTML.slice(0, 200))
  };
}
const unstung = { stung: null, made: [] };

/** A step that prints these bytes, whatever they are. */
const prints = (bytes) => perl(`print pack("H*", "${Buffer.from(bytes).toString('hex')}")`);
const inPieces = (lines, each = 60) =>
  Array.from(
    { length: Math.ceil(lines.length / each) },
    (_, i) => lines.slice(i * each, (i + 1) * each).join('\n') + '\n'
  );
const jobOf = async (plane, run) => (await plane.ended(run)).jobs[0];

/** Shows every line of a log of `lines` lines once. */
async function leafThrough(page, act) {
  await page.getByRole('region', { name: /^Log of/ }).focus();
  await page.keyboard.press('Home');
  for (let i = 0; i < 100; i++) {
    await page.waitForFunction(() => document.querySelector('.ln.load:not([hidden])') === null);
    await act();
    const before = await page.evaluate(() => document.querySelector('.jlog .text').scrollTop);
    await page.keyboard.press('PageDown');
    const moved = await page
      .waitForFunction((top) => document.querySelector('.jlog .text').scrollTop !== top, before, { timeout: 1_000 })
      .catch(() => undefined);
    if (!moved) return;
  }
}

export function hostile(world) {
  describe('hostile text', () => {
    test('I1 markup in logs stays text', async () => {
      const { browsing, plane } = world;
      const lines = [...Array.from({ length: 50 }, (_, i) => markup[i % markup.length]), ...naughty];
      const job = await jobOf(
        plane,
        await plane.submit({
          name: 'markup',
          jobs: {
            markup: {
              steps: inPieces(lines).map((text, i) => ({ name: markup[i % markup.length], run: prints(text) }))
            }
          }
        })
      );
      assert.equal(job.state, 'succeeded');
      await browsing.page(plane, { viewport: { width: 1280, height: 800 } }, async (page) => {
        await open(page, plane, `/jobs/${job.id}`);
        await page.locator('.ln:not([hidden]):not(.load)').first().waitFor();
        for (const step of await page.locator('.steps button').all()) {
          await step.click();
          const head = page.locator('.jlog .head:not([hidden]) button.step[aria-expanded="false"]');
          if (await head.count()) await head.first().click();
        }
        const seen = new Set();
        await leafThrough(page, async () => {
          assert.deepEqual(await page.evaluate(alive), unstung);
          const texts = await page.evaluate(() =>
            [...document.querySelectorAll('.ln:not([hidden]) > span')].map((text) => text.textContent)
          );
          for (const text of texts) seen.add(text);
        });
        const missing = markup.filter((text) => !seen.has(text));
        assert.deepEqual(missing, [], 'each is shown as it was printed');
      });
    });

    test('I2 terminal sequences colour, and do nothing else', async () => {
      const { browsing, plane } = world;
      const escape = '\u001b';
      const endless = 'ENDLESS';
      const lines = [
        `${escape}[31mred${escape}[0m plain`,
        `${escape}]8;;javascript:globalThis.stung=1${escape}\\a link${escape}]8;;${escape}\\ after`,
        `${escape}]8;;https://evil.example/${escape}\\a web link${escape}]8;;${escape}\\ after`,
        `${escape}]52;c;ZXZpbA==\u0007clipboard`,
        `${escape}]0;an evil title\u0007title`,
        `${escape}Pq#0;2;0;0;0${escape}\\device control`,
        `${escape}_application${escape}\\program command`,
        `${escape}[2J${escape}[H${escape}[1A${escape}[2Kstays`,
        `${escape}[?1049halternate screen`,
        `${escape}[1${endless}mlong parameter`,
        `10 %\r50 %\r100 %`,
        `bidi \u202Eevil\u202C \u2066isolate\u2069 end`,
        `nul \u0000 bell \u0007 backspace \b end`,
        `${escape}]0;never ends`,
        'the next line is whole'
      ];
      const job = await jobOf(
        plane,
        await plane.submit(
          one(
            'terminal',
            `${prints(lines.join('\n') + '\n')} | sed "s/${endless}/$(head -c 20000 /dev/zero | tr '\\0' 9)/"`
          )
        )
      );
      await browsing.page(
        plane,
        { viewport: { width: 1280, height: 800 }, permissions: ['clipboard-read', 'clipboard-write'] },
        async (page) => {
          await open(page, plane, `/jobs/${job.id}`);
          await page.evaluate(() => navigator.clipboard.writeText('mine'));
          const row = (line) => page.locator(`.ln:not([hidden]) > a[href="#s0L${line}"]`);
          const text = async (line) =>
            await row(line).evaluate((link) => link.parentElement.lastElementChild.textContent);
          const head = page.locator('.jlog .head:not([hidden]) button.step[aria-expanded="false"]').first();
          if (await head.count()) await head.click();
          await row(1).waitFor();
          assert.equal(await text(1), 'red plain');
          assert.equal(await text(2), 'a link after');
          assert.equal(await text(3), 'a web link after');
          for (const [line, said] of [
            [4, 'clipboard'],
            [5, 'title'],
            [6, 'device control'],
            [7, 'program command'],
            [8, 'stays'],
            [9, 'alternate screen'],
            [10, 'long parameter'],
            [11, '100 %'],
            [15, 'the next line is whole']
          ])
            assert.equal((await text(line)).trim(), said, `line ${line}`);
          const turning = await row(12).evaluate((link) => {
            const turns = /[\u202A-\u202E\u2066-\u2069]/;
            const texts = document.createTreeWalker(link.parentElement.lastElementChild, NodeFilter.SHOW_TEXT);
            const found = [];
            for (let text = texts.nextNode(); text; text = texts.nextNode())
              if (turns.test(text.data))
                found.push([text.data.length, getComputedStyle(text.parentElement).unicodeBidi]);
            return found;
          });
          assert.deepEqual(turning, Array(4).fill([1, 'isolate']), 'each turns nothing but itself');
          assert.doesNotMatch(await text(13), /[\u0000\u0007\b]/); // eslint-disable-line no-control-regex
          assert.deepEqual(await page.evaluate(alive), unstung);
          assert.doesNotMatch(await page.title(), /evil/);
          assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'mine');
          const shown = page.locator('.jlog .text a[href^="http"], .jlog .text a[href^="javascript"]');
          assert.equal(await shown.count(), 0, 'what a log says is no link');
          await shot(page, 'log-terminal-sequences', { fullPage: false });
          const link = await page.getByRole('link', { name: 'Plain text' }).getAttribute('href');
          assert.match((await page.request.get(plane.url + link)).headers()['content-type'], /^text\/plain/);
        }
      );
    });

    test('I4 markup in names stays text, in every view', async () => {
      const { browsing, plane } = world;
      // Those that a name may have: what is refused never comes to be shown.
      const names = [...markup, ...naughty]
        // eslint-disable-next-line no-control-regex
        .filter((text) => text.trim() && text.length <= 200 && !/[\u0000-\u001f\u007f-\u009f\ud800-\udfff]/.test(text))
        .filter((text) => !text.includes('${{'));
      const accepted = [];
      const refused = [];
      for (let at = 0; at < names.length; at += 100) {
        let jobs = Object.fromEntries(
          names.slice(at, at + 100).map((name, i) => [`job-${at + i}`, { name, steps: [{ name, run: 'exit 3' }] }])
        );
        const submit = () => plane.submit({ name: `names-${at}`, jobs });
        accepted.push(
          await submit().catch(async (cause) => {
            const wrong = [...cause.message.matchAll(/jobs\.(job-\d+)/g)].map(([, key]) => key);
            refused.push(...wrong);
            jobs = Object.fromEntries(Object.entries(jobs).filter(([key]) => !wrong.includes(key)));
            return await submit();
          })
        );
      }
      assert.ok(refused.length < 30, `${refused.length} names are refused`);
      const titled = await plane.addRepository({
        name: 'demo/markup',
        commits: [
          { title: markup[1], author: markup[2], files: {} },
          { title: markup[12], branch: '<img/src=x/onerror=alert(1)>', author: `"'onload=alert(1)`, files: {} }
        ].map((commit) => ({
          ...commit,
          files: {
            '.open-cicd.yml': JSON.stringify({
              on: ['push', 'manual'],
              defaults: { executor: 'shell' },
              jobs: { a: { steps: [{ run: 'true' }] } }
            })
          }
        }))
      });
      await plane.startAgent('b-onerror', '--labels', 'i4');
      // Some have ended by then.
      for (const run of accepted) await plane.api('POST', `/runs/${run}/cancel`).catch(() => undefined);
      for (const run of accepted) await plane.ended(run);
      const ugly = await plane.runOf('demo/🦀-playground');
      await browsing.page(plane, { viewport: { width: 1280, height: 800 } }, async (page) => {
        const targets = [
          '/',
          '/runs',
          '/queue',
          '/agents',
          `/runs/${ugly.id}`,
          `/repositories/${ugly.repository_id}`,
          `/repositories/${titled.id}`
        ];
        for (const run of accepted) targets.push(`/runs/${run}`);
        const [first] = (await plane.api('GET', `/runs/${accepted[0]}`)).jobs;
        targets.push(`/jobs/${first.id}`);
        for (const target of targets) {
          await openLive(page, plane, target);
          assert.deepEqual(await page.evaluate(alive), unstung, target);
        }
        // And in the palette, which lists runs by their names.
        await page.keyboard.press('Control+k');
        await page.getByRole('combobox', { name: 'Search or jump' }).waitFor();
        await page.keyboard.type('onerror');
        await page.getByRole('option').first().waitFor();
        assert.deepEqual(await page.evaluate(alive), unstung);
      });
      const badge = await fetch(
        `${plane.url}/api/v1/repositories/${ugly.repository_id}/badge.svg?branch=${encodeURIComponent(markup[0])}`
      );
      assert.doesNotMatch(await badge.text(), /<script|onerror=|onload=/);
    });

    test('I5 no source makes markup of text', async () => {
      const made =
        /\{@html|\.(inner|outer)HTML\s*=|insertAdjacentHTML|document\.write|\bsrcdoc\b|createContextualFragment|new Function\(|\beval\(/;
      const files = await sources();
      assert.ok(files.length > 100, `${files.length} sources`);
      const found = [];
      for (const file of files) if (made.test(await readFile(file, 'utf8'))) found.push(file);
      assert.deepEqual(found, []);
    });

    test('I7 a line without an end, and bytes that are no text', async () => {
      const { browsing, plane } = world;
      const script = `
        $| = 1;
        print "begin\\n";
        my $piece = "x" x 1048576;
        print $piece for 1..64;
        print "\\nafter the long line\\n";
        print "\\xff\\xfe\\x80 broken \\xe2\\x82", "\\n";
        print "\\xf0\\x9f\\xa6"; select(undef, undef, undef, 0.2); print "\\x80 crab in two pieces\\n";
        print "end\\n";`;
      const job = await jobOf(plane, await plane.submit(one('endless', perl(script))));
      await browsing.page(plane, { viewport: { width: 1280, height: 800 } }, async (page) => {
        await open(page, plane, `/jobs/${job.id}`);
        const head = page.locator('.jlog .head:not([hidden]) button.step[aria-expanded="false"]').first();
        if (await head.count()) await head.click();
        await page.getByRole('region', { name: /^Log of/ }).focus();
        await page.keyboard.press('End');
        await page.locator('.ln:not([hidden])', { hasText: 'end' }).last().waitFor();
        await page.locator('.ln:not([hidden])', { hasText: '🦀 crab in two pieces' }).waitFor();
        await page.locator('.ln:not([hidden])', { hasText: 'after the long line' }).waitFor();
        const longest = await page.evaluate(() =>
          Math.max(...[...document.querySelectorAll('.ln > span')].map((text) => text.textContent.length))
        );
        assert.ok(longest <= 70_000, `a row holds ${longest} characters`);
        const { usedJSHeapSize } = await page.evaluate(() => ({
          usedJSHeapSize: performance.memory.usedJSHeapSize
        }));
        assert.ok(usedJSHeapSize < 200 * 1024 * 1024, `${usedJSHeapSize} bytes`);
        await shot(page, 'log-endless-line', { fullPage: false });
      });
    });
  });
}
