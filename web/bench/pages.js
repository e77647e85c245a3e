// Measures the pages in Chromium against a real server with a real agent: node bench/pages.js [--smoke], or dev/bench web. One row
// a line, as bench/run reads them; what each is, and its goal, stands in bench/catalog.py.
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { launch, live } from '../e2e/browsing.js';
import { one, printer } from '../e2e/logs.js';
import { Plane, until } from '../e2e/plane.js';
import { sizes } from '../scripts/sizes.js';

const smoke = process.argv.includes('--smoke');
const pick = (full, small) => (smoke ? small : full);
const million = pick(1_000_000, 20_000);
const tenMillion = pick(10_000_000, 40_000);
const rate = pick(50_000, 5_000);
const opens = pick(7, 1);
const jumps = pick(60, 3);
const loads = pick(12, 1);
const viewport = { width: 1280, height: 800 };
const rows = '.ln:not([hidden]):not(.load)';

const emit = (id, value) => console.log(JSON.stringify({ id: `web.${id}`, values: [Math.round(value * 100) / 100] }));
const quantile = (list, part) =>
  [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * part))];
const median = (list) => quantile(list, 0.5);

/** Runs in each page before anything else. */
function probe() {
  const seen = { gaps: [], long: [], paint: 0, shift: 0, inputs: [], frames: 0, late: [] };
  globalThis.seen = seen;
  const observe = (type, note, more = {}) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true, ...more });
  observe('longtask', (entry) => seen.long.push(entry.duration));
  observe('largest-contentful-paint', (entry) => (seen.paint = entry.startTime));
  observe('layout-shift', (entry) => {
    if (!entry.hadRecentInput) seen.shift += entry.value;
  });
  // Without an interactionId it is no press of a key or a button, but what comes with it.
  observe('event', (entry) => entry.interactionId && seen.inputs.push(entry.duration), { durationThreshold: 16 });
  let last = 0;
  const frame = (now) => {
    if (last > 0) seen.gaps.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

/** Each frame: how old the newest line on the screen is. Each line ends with the time at which it was printed. */
function watchTail() {
  const look = () => {
    if (globalThis.seen.stopped) return;
    const view = document.querySelector('.jlog .text').getBoundingClientRect();
    let newest = 0;
    for (const row of document.querySelectorAll('.ln:not([hidden]):not(.load)')) {
      if (row.getBoundingClientRect().top >= view.bottom) continue;
      newest = Math.max(newest, Number(/ at (\d{13})$/.exec(row.lastElementChild.textContent)?.[1] ?? 0));
    }
    if (newest > 0) globalThis.seen.late.push(Date.now() - newest);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** Proportional memory of the largest renderer of this browser, in MB. */
function rendererMemory() {
  let most = 0;
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      if (!readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes('--type=renderer')) continue;
      most = Math.max(most, Number(/Pss:\s+(\d+)/.exec(readFileSync(`/proc/${entry}/smaps_rollup`, 'utf8'))[1]));
    } catch {
      // it ended meanwhile
    }
  }
  return most / 1024;
}

const plane = await new Plane().start();
const browser = await launch();
let state;

/** A browser without anything in its cache, with the administrator signed in. */
async function withPage(act, { slower = 1 } = {}) {
  const context = await browser.newContext({ viewport, storageState: state });
  try {
    await context.addInitScript(probe);
    const page = await context.newPage();
    if (slower > 1) {
      const session = await context.newCDPSession(page);
      await session.send('Emulation.setCPUThrottlingRate', { rate: slower });
    }
    return await act(page);
  } finally {
    await context.close();
  }
}

/** Milliseconds from the navigation until `selector` is painted. */
async function shown(page, target, selector) {
  await page.goto(plane.url + target, { waitUntil: 'commit' });
  await page.locator(selector).first().waitFor({ timeout: 60_000 });
  return await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))
  );
}

async function measureSizes() {
  for (const { id, size } of sizes()) emit(`size_${id}`, size);
}

async function measureFirstPaint(run) {
  const first = [];
  const largest = [];
  const shifts = [];
  for (let i = 0; i < loads; i++)
    await withPage(
      async (page) => {
        await shown(page, `/runs/${run}`, '.graph .node');
        // When the stream of events stands, everything that the page asks for by itself was asked for.
        await live(page);
        const seen = await page.evaluate(() => ({
          paint: globalThis.seen.paint,
          shift: globalThis.seen.shift,
          first: performance.getEntriesByName('first-contentful-paint')[0].startTime
        }));
        first.push(seen.first);
        largest.push(seen.paint);
        shifts.push(seen.shift);
      },
      { slower: 4 }
    );
  emit('fcp', quantile(first, 0.75));
  emit('lcp', quantile(largest, 0.75));
  emit('cls', Math.max(...shifts));
}

/** What a press of a key or a button takes until it is seen, over pages and log. */
async function measureInputs(run, job) {
  const inputs = await withPage(async (page) => {
    await shown(page, `/runs/${run}`, '.graph .node');
    for (let i = 0; i < pick(6, 1); i++) {
      await page.keyboard.press('v');
      await page.keyboard.press('Control+k');
      const palette = page.getByRole('combobox', { name: 'Search or jump' });
      await palette.waitFor();
      await page.keyboard.type('ledger', { delay: 20 });
      await page.keyboard.press('Escape');
      await palette.waitFor({ state: 'hidden' });
    }
    const seen = await page.evaluate(() => globalThis.seen.inputs);
    await shown(page, `/jobs/${job}`, rows);
    for (const key of 'jjjjkkeEwwttG{}'.repeat(pick(4, 1))) await page.keyboard.press(key);
    await page.keyboard.press('/');
    await page.keyboard.type('Passed', { delay: 20 });
    await page.keyboard.press('Enter');
    return [...seen, ...(await page.evaluate(() => globalThis.seen.inputs))];
  });
  // What is quicker than a frame is not told by the browser.
  const all = inputs.length > 0 ? inputs : [16];
  emit('inp_p75', quantile(all, 0.75));
  emit('inp_p99', quantile(all, 0.99));
}

async function measureOpening(job, lines, id) {
  const target = `/jobs/${job}?attempt=1#s0L${Math.floor(lines * 0.987)}`;
  const times = [];
  for (let i = 0; i < opens; i++) times.push(await withPage((page) => shown(page, target, `.ln.sel:not(.load)`)));
  emit(id, median(times));
}

async function measureJumps(job, lines) {
  const { took, memory } = await withPage(async (page) => {
    await shown(page, `/jobs/${job}`, rows);
    const took = [];
    for (let i = 0; i < jumps; i++) {
      const line = 1 + Math.floor((((i * 7919 + 13) % 997) / 997) * (lines - 1));
      took.push(
        await page.evaluate(async (number) => {
          const begun = performance.now();
          location.hash = `#s0L${number}`;
          for (;;) {
            await new Promise((done) => requestAnimationFrame(done));
            if (document.querySelector(`.ln:not([hidden], .load) > a[href="#s0L${number}"]`) !== null)
              return performance.now() - begun;
            if (performance.now() - begun > 10_000) return 10_000;
          }
        }, line)
      );
    }
    return { took, memory: rendererMemory() };
  });
  emit('jump_p50', median(took));
  emit('jump_max', Math.max(...took));
  emit('memory_ended', memory);
}

/** A job that prints at this rate, once it prints. */
async function printing(name, lines) {
  const run = await plane.submit(one(name, printer(lines, rate, { timed: true })));
  return { run, job: (await plane.begun(run, name)).id };
}
const following = (page) =>
  page.waitForFunction(() => document.querySelector('.foot2')?.textContent.includes('Following'), null, {
    timeout: 60_000
  });
const take = (page) =>
  page.evaluate(() => ({ gaps: globalThis.seen.gaps.splice(0), long: globalThis.seen.long.splice(0) }));
const framesPerSecond = (gaps) => (1000 * gaps.length) / gaps.reduce((sum, gap) => sum + gap, 0);

async function measureStream() {
  const { run, job } = await printing('stream', million);
  await withPage(async (page) => {
    await shown(page, `/jobs/${job}`, rows);
    await following(page);
    await take(page);
    let memory = 0;
    const watch = async () => {
      memory = Math.max(memory, rendererMemory());
      return (await plane.api('GET', `/runs/${run}`)).finished_at;
    };
    await until('the end of the stream', async () => (await page.waitForTimeout(400), await watch()), 120_000);
    const { gaps, long } = await take(page);
    emit('stream_fps', framesPerSecond(gaps));
    emit('stream_long', long.filter((ms) => ms > 100).length);
    emit('stream_memory', memory);
  });
  // How late lines are is watched apart: to look at every row in each frame costs more than the page's own work.
  const later = await printing('latency', Math.floor(million / 3));
  await withPage(async (page) => {
    await shown(page, `/jobs/${later.job}`, rows);
    await following(page);
    await page.evaluate(watchTail);
    await plane.ended(later.run);
    const late = await page.evaluate(() => {
      globalThis.seen.stopped = true;
      return globalThis.seen.late;
    });
    // The first and the last are those of a log that is caught up with, or has ended.
    const during = late.slice(Math.floor(late.length * 0.1), Math.floor(late.length * 0.8));
    emit('late_p50', median(during));
    emit('late_p95', quantile(during, 0.95));
  });
  const wheeled = await printing('wheeled', Math.floor(million / 3));
  await withPage(async (page) => {
    await shown(page, `/jobs/${wheeled.job}`, rows);
    await following(page);
    await take(page);
    await page.mouse.move(640, 500);
    for (let i = 0; i < pick(150, 10); i++) await page.mouse.wheel(0, i < pick(75, 5) ? -400 : 300);
    const { gaps } = await take(page);
    emit('scroll_fps', framesPerSecond(gaps));
  });
  await plane.ended(wheeled.run);
}

/** From the answer with the run until its graph is painted. */
async function measureGraph(count, id) {
  const legs = Array.from({ length: Math.ceil(count / 250) }, (_, i) => i);
  const each = Math.floor(count / legs.length);
  const run = await plane.submit({
    name: `graph-${count}`,
    jobs: Object.fromEntries(
      legs.map((leg) => [
        `leg-${leg}`,
        {
          ...(leg > 0 ? { needs: `leg-${leg - 1}` } : {}),
          runs_on: ['nobody'],
          matrix: { part: Array.from({ length: each }, (_, i) => i) },
          steps: [{ run: 'true' }]
        }
      ])
    )
  });
  const times = [];
  for (let i = 0; i < opens; i++)
    await withPage(async (page) => {
      const painted = await shown(page, `/runs/${run}`, '.graph .node');
      const answered = await page.evaluate(
        (path) => performance.getEntriesByType('resource').find(({ name }) => name.endsWith(path)).responseEnd,
        `/api/v1/runs/${run}`
      );
      times.push(painted - answered);
    });
  emit(id, median(times));
}

try {
  await plane.startAgent('bench-agent');
  const context = await browser.newContext();
  await context.request.post(`${plane.url}/api/v1/session`, {
    data: { token: plane.token },
    headers: { origin: plane.url }
  });
  state = await context.storageState();
  await context.close();

  await measureSizes();
  // A run as most are: some jobs, one of them with a log.
  const { jobs } = one('build', printer(500, 1_000_000));
  const after = (needs) => ({ needs, steps: [{ run: 'true' }] });
  const small = await plane.ended(
    await plane.submit({
      name: 'small',
      jobs: { ...jobs, lint: after('build'), unit: after('build'), package: after(['lint', 'unit']) }
    })
  );
  await measureFirstPaint(small.id);
  const big = await plane.ended(await plane.submit(one('big', printer(million, 100_000_000))));
  await measureInputs(small.id, big.jobs[0].id);
  await measureOpening(big.jobs[0].id, million, 'open_million');
  await measureJumps(big.jobs[0].id, million);
  const huge = await plane.ended(await plane.submit(one('huge', printer(tenMillion, 100_000_000))));
  await measureOpening(huge.jobs[0].id, tenMillion, 'open_ten_million');
  await measureStream();
  await measureGraph(300, 'graph_300');
  await measureGraph(1000, 'graph_1000');
} finally {
  await browser.close();
  await plane.stop();
}
