// Measures the log viewer in Chromium, against a server that makes lines as fast as it is asked (stand-in.js): node bench/log.js
// [--smoke] [--only ID] after `npm run build`. One JSON object a line, {"id", "values"}; a value beside its budget says whether it is kept.
import { chromium } from 'playwright-core';
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { startStandIn } from './stand-in.js';

const smoke = process.argv.includes('--smoke');
const only = process.argv[process.argv.indexOf('--only') + 1];
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync'
];
const sizes = smoke
  ? { million: 20_000, ten: 40_000, live: 120_000, rate: 10_000, jumps: 5, wheels: 20 }
  : { million: 1_000_000, ten: 10_000_000, live: 1_000_000, rate: 50_000, jumps: 60, wheels: 150 };

const { server, url } = await startStandIn();
const browser = await chromium.launch({ executablePath, args: flags });
let missed = 0;

function tell(id, values, budgets = {}) {
  const verdict = {};
  for (const [name, [kind, limit]] of Object.entries(budgets)) {
    verdict[name] = `${kind} ${limit}`;
    if (!(kind === '<=' ? values[name] <= limit : values[name] >= limit)) {
      verdict[name] += ' MISSED';
      missed++;
    }
  }
  console.log(JSON.stringify({ id, values, budgets: verdict }));
}

const sorted = (list) => [...list].sort((a, b) => a - b);
const at = (list, part) =>
  list.length === 0 ? null : Math.round(sorted(list)[Math.min(list.length - 1, Math.floor(list.length * part))]);
const fps = (gaps) => Math.round((10_000 * gaps.length) / gaps.reduce((sum, gap) => sum + gap, 0)) / 10;

/** Proportional memory of this browser's largest renderer, in MB. */
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
  return Math.round(most / 1024);
}

/** Runs in the page before anything else. */
function probe() {
  window.probe = { long: [], gaps: [], late: [], empty: 0, frames: 0, firstRow: 0 };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.probe.long.push(Math.round(entry.duration));
  }).observe({ type: 'longtask', buffered: true });
  let last = 0;
  const frame = (now) => {
    if (last > 0) window.probe.gaps.push(now - last);
    last = now;
    if (window.probe.firstRow === 0 && document.querySelector('.ln:not([hidden]):not(.load)') !== null)
      window.probe.firstRow = performance.now();
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

/** Each frame: how old the newest line on the screen is, and whether a row is empty. The clock is that of the lines. */
function watchTail() {
  const day = 86_400_000;
  const seen = () => {
    if (window.probe.stopped) return;
    let newest = null;
    let empty = false;
    const view = document.querySelector('.text').getBoundingClientRect();
    for (const row of document.querySelectorAll('.ln:not([hidden])')) {
      const box = row.getBoundingClientRect();
      if (box.bottom <= view.top || box.top >= view.bottom) continue;
      if (row.classList.contains('load')) empty = true;
      newest = row;
    }
    const parts = newest?.querySelector('time').textContent.split(/[:.]/).map(Number);
    if (parts?.length === 4) {
      const now = new Date();
      const clock = ((now.getHours() * 60 + now.getMinutes()) * 60 + now.getSeconds()) * 1000 + now.getMilliseconds();
      const line = ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 1000 + parts[3];
      window.probe.late.push((clock - line + day) % day);
    }
    window.probe.frames++;
    if (empty) window.probe.empty++;
    requestAnimationFrame(seen);
  };
  requestAnimationFrame(seen);
}

/** CPU time of the page's main thread, in ms: it says the same on a busy machine, where frames per second do not. */
async function mainThread(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find((metric) => metric.name === 'TaskDuration').value * 1000;
  };
}

async function open(path, { times = 'step' } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.on('pageerror', (error) => {
    console.error(`the page failed: ${error.message}`);
    missed++;
  });
  await page.addInitScript(probe);
  await page.addInitScript((mode) => localStorage.setItem('log', JSON.stringify({ times: mode })), times);
  await page.goto(url + path, { waitUntil: 'commit' });
  return { page, close: () => context.close() };
}

const rows = '.ln:not([hidden]):not(.load)';
const take = (page) =>
  page.evaluate(() => ({ ...window.probe, gaps: window.probe.gaps.splice(0), long: window.probe.long.splice(0) }));

async function measureSize(id) {
  const { page, close } = await open('/jobs/fails');
  await page.waitForSelector(rows);
  const files = await page.evaluate(() => performance.getEntriesByType('resource').map((entry) => entry.name));
  const workers = page.workers().map((worker) => worker.url());
  let js = 0;
  let css = 0;
  for (const name of new Set([...files, ...workers])) {
    const path = new URL(name).pathname;
    if (!/\.(js|css)$/.test(path)) continue;
    const size = gzipSync(await (await fetch(url + path)).text()).length;
    if (path.endsWith('.css')) css += size;
    else js += size;
  }
  tell(
    id,
    { total_kb: Math.round((js + css) / 102.4) / 10, js_kb: Math.round(js / 1024), css_kb: Math.round(css / 1024) },
    { total_kb: ['<=', 95] }
  );
  await close();
}

async function measureOpening(lines, id, budget) {
  const times = [];
  for (let i = 0; i < (smoke ? 1 : 5); i++) {
    const { page, close } = await open(`/jobs/done-${lines}?attempt=1#s0L${Math.floor(lines * 0.987)}`);
    await page.waitForSelector('.ln.sel:not(.load)');
    times.push(await page.evaluate(() => performance.now()));
    await close();
  }
  const { page, close } = await open(`/jobs/done-${lines}`);
  await page.waitForSelector(rows);
  const first = await page.evaluate(() => window.probe.firstRow);
  const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0);
  const jumps = [];
  for (let i = 0; i < sizes.jumps; i++) {
    // Not a line that ends a group: that one says nothing and is not shown.
    const line = 2 + 5 * Math.floor((((i * 7919 + 13) % 997) / 997) * (lines / 5 - 1));
    jumps.push(
      await page.evaluate(async (number) => {
        const begun = performance.now();
        location.hash = `#s0L${number}`;
        for (;;) {
          await new Promise((done) => requestAnimationFrame(done));
          const row = document.querySelector(`.ln:not([hidden], .load) > a[href="#s0L${number}"]`);
          if (row !== null) return performance.now() - begun;
          if (performance.now() - begun > 5000) return 5000;
        }
      }, line)
    );
  }
  tell(
    id,
    {
      lines,
      link_ms: at(times, 0.5),
      first_paint_ms: Math.round(paint),
      first_rows_ms: Math.round(first),
      jump_p50_ms: at(jumps, 0.5),
      jump_max_ms: at(jumps, 1),
      memory_mb: rendererMemory()
    },
    { link_ms: ['<=', budget], memory_mb: ['<=', 150] }
  );
  await close();
}

async function measureStream(rate, lines, id, budgets, { wheel = false } = {}) {
  const { page, close } = await open(`/jobs/live-${rate}-${lines}`, { times: 'clock' });
  await page.waitForSelector(rows);
  await page.waitForFunction(() => document.querySelector('.foot2')?.textContent.includes('Following'));
  const opening = await take(page);
  const cpu = await mainThread(page);
  if (!wheel) {
    // Before the page is watched itself, which costs it more than its work.
    const before = await cpu();
    await page.waitForTimeout(2000);
    const frames = (await take(page)).gaps.length;
    opening.cpu = Math.round((10 * ((await cpu()) - before)) / Math.max(1, frames)) / 10;
    await page.evaluate(watchTail);
  }
  let memory = 0;
  if (wheel) {
    await page.mouse.move(640, 500);
    for (let i = 0; i < sizes.wheels; i++) await page.mouse.wheel(0, i < sizes.wheels / 2 ? -400 : 300);
  }
  const isDone = () => page.evaluate(() => !/Following|Growing/.test(document.querySelector('.foot2').textContent));
  const until = Date.now() + (lines / rate) * 1000 + 60_000;
  const passed = Math.max(2000, (lines / rate) * 1000);
  const begun = Date.now();
  while (Date.now() < until && Date.now() - begun < passed + 30_000) {
    memory = Math.max(memory, rendererMemory());
    if (await isDone()) break;
    await page.waitForTimeout(500);
  }
  await page.evaluate(() => (window.probe.stopped = true));
  const seen = await take(page);
  const shown = await page.evaluate(() => document.querySelector('.foot2 .num').textContent);
  tell(
    id,
    {
      rate,
      shown,
      fps: fps(seen.gaps),
      frame_p95_ms: at(seen.gaps, 0.95),
      ...(wheel ? {} : { main_cpu_ms_a_frame: opening.cpu }),
      long_tasks: seen.long.filter((ms) => ms > 100).length,
      long_max_ms: Math.max(0, ...seen.long),
      opening_long_max_ms: Math.max(0, ...opening.long),
      ...(wheel
        ? {}
        : { late_p50_ms: at(seen.late, 0.5), late_p95_ms: at(seen.late, 0.95), frames_with_empty_rows: seen.empty }),
      memory_mb: memory
    },
    budgets
  );
  if (!wheel && !smoke) await measureWhole(page);
  await close();
}

/** What the page does with a million lines that it got alive. */
async function measureWhole(page) {
  const wrap = await page.evaluate(async () => {
    const button = document.querySelector('button[aria-keyshortcuts="w"]');
    const begun = performance.now();
    button.click();
    const script = performance.now() - begun;
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return { script, paint: performance.now() - begun };
  });
  tell('log_wrap_toggle', { script_ms: Math.round(wrap.script), paint_ms: Math.round(wrap.paint) });
}

const measures = {
  log_page_bytes: measureSize,
  log_open_million: (id) => measureOpening(sizes.million, id, 300),
  log_open_ten_million: (id) => measureOpening(sizes.ten, id, 500),
  log_stream_5000: (id) => measureStream(5_000, smoke ? 20_000 : 50_000, id, { long_tasks: ['<=', 0] }),
  log_stream_50000: (id) =>
    measureStream(sizes.rate, sizes.live, id, {
      fps: ['>=', 55],
      long_tasks: ['<=', 0],
      late_p95_ms: ['<=', 100],
      memory_mb: ['<=', 300]
    }),
  log_stream_scrolled: (id) =>
    measureStream(sizes.rate, sizes.live / 4, id, { fps: ['>=', 55], long_tasks: ['<=', 0] }, { wheel: true })
};
try {
  for (const [id, measure] of Object.entries(measures))
    if (!process.argv.includes('--only') || id === only) await measure(id);
} finally {
  await browser.close();
  server.closeAllConnections();
  server.close();
}
process.exitCode = missed > 0 ? 1 : 0;
