// A server with logs of any size, for measuring what the browser does with them: it serves the built pages and answers as the
// real one does, but makes each line when it is asked for. `done-N` has ended with N lines, `live-RATE-N` prints N lines
// at that rate, `fails` has errors in its second step, `retried` a second attempt, `queued` waits.
import { createServer } from 'node:http';
import { readFileSync, existsSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';

const build = new URL('../build/', import.meta.url).pathname;
const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json'
};
const csp =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; require-trusted-types-for 'script'";

const begun = Date.parse('2026-10-02T14:00:00Z');
const word = ['linker', 'ledger', 'rates', 'transfer', 'currency', 'ログ', 'schema', 'wire'];

/** Line n of a long log: plain, coloured and long ones, a progress bar, Unicode, groups. */
export function lineOf(n) {
  if (n % 5000 === 1) return `::group::part ${Math.floor(n / 5000) + 1}`;
  if (n % 5000 === 0) return '::endgroup::';
  if (n % 997 === 0)
    return `src/${word[n % 8]}.cc:${n % 500}:12: warning: ${'a long message that goes on and on '.repeat(6)}`;
  if (n % 11 === 0)
    return `\x1b[32m[       OK ]\x1b[0m \x1b[1m${word[n % 8]}\x1b[0m.Test${n} \x1b[38;5;${n % 256}m(${n % 90} ms)\x1b[0m`;
  if (n % 13 === 0)
    return `\x1b[38;2;${n % 256};${(n * 7) % 256};${(n * 13) % 256}m${word[n % 8]}\x1b[0m ✓ done in ${n % 100} ms`;
  return `[${String(n).padStart(8, '0')}] compile ${word[n % 8]}_${n % 4321}.o with -O2 -g`;
}
const timeOf = (n) => begun + Math.floor(n / 50);

const failing = [
  ['Fetch the tools', 'succeeded', 21_000, Array.from({ length: 40 }, (_, i) => `fetched tool ${i}`)],
  [
    'Run integration tests',
    'failed',
    288_000,
    [
      '::group::Environment of the step',
      ...Array.from({ length: 43 }, (_, i) => `VARIABLE_${i}=value ${i}`),
      '::endgroup::',
      ...Array.from(
        { length: 1400 },
        (_, i) =>
          `${i}/1514 \x1b[1mTest #${i}:\x1b[0m ledger.part_${i} \x1b[90m..............\x1b[0m \x1b[32mPassed\x1b[0m    0.41 s`
      ),
      '119/214 \x1b[1mTest #119:\x1b[0m currency.table.יחידות_מטבע \x1b[90m..............\x1b[0m \x1b[32mPassed\x1b[0m    0.41 s',
      '120/214 \x1b[1mTest #120:\x1b[0m currency.emoji_symbols_💶💴💷 \x1b[90m...........\x1b[0m \x1b[32mPassed\x1b[0m    0.36 s',
      '\x1b[33m[warn]\x1b[0m  pool: 48 of 64 connections in use, \x1b[38;2;255;176;112mraising the soft limit\x1b[0m',
      '121/214 \x1b[1mTest #121:\x1b[0m ledger.rounding \x1b[90m......................\x1b[0m\x1b[1;31m***Failed\x1b[0m    0.78 s',
      '\x1b[32m[ RUN      ]\x1b[0m LedgerRounding.RefundsSplitAcrossCurrencies',
      'tests/integration/ledger_rounding_test.cc:214: error: \x1b[1;31mFailure\x1b[0m',
      'Expected equality of these values:',
      '  refund.total().minor_units()',
      '    Which is: \x1b[1m1998\x1b[0m',
      '  \x1b[1m1999\x1b[0m',
      '\x1b[90mcurrency pair EUR→JPY, 3 partial refunds, banker’s rounding at scale 0\x1b[0m',
      '\x1b[31m[  FAILED  ]\x1b[0m LedgerRounding.RefundsSplitAcrossCurrencies (12 ms)',
      '  \x1b[31m- {"refund":"r_9f31","legs":[{"cur":"EUR","minor_units":1250},{"cur":"JPY","minor_units":749}],"mode":"half_up"}\x1b[0m',
      '  \x1b[32m+ {"refund":"r_9f31","legs":[{"cur":"EUR","minor_units":1250},{"cur":"JPY","minor_units":748}],"mode":"half_even","note":"scale 0, see docs/rounding.md#scale-zero"}\x1b[0m',
      '\x1b[90m#0\x1b[0m \x1b[36mledger::split\x1b[0m(refund=<optimized out>, mode=half_even) at src/ledger/split.cc:88',
      '<script>alert(1)</script><img src=x onerror=alert(2)> & \x1b]8;;javascript:alert(3)\x07a link\x1b]8;;\x07',
      '\x1b[41;97m FAIL \x1b[0m \x1b[7minverse\x1b[0m \x1b[48;5;226m dark on yellow \x1b[0m \x1b[3mitalic\x1b[0m \x1b[4munderlined\x1b[0m \x1b[9mgone\x1b[0m \x1b[2mdim\x1b[0m',
      'one\ttab\tand\ttabs',
      ...Array.from({ length: 200 }, (_, i) => `frame ${i} of the test runner`),
      'ctest: error: exit 8, 2 of 214 tests failed'
    ]
  ],
  ['Upload reports', 'succeeded', 3_000, ['junit.xml', 'core.1182']],
  ['Stop services', 'succeeded', 14_000, ['error: the service had ended already', 'stopped']]
];

const errorPattern = /error:|\[ {2}FAILED {2}\]/;
const plain = (text) => text.replace(/\x1b\][^\x07]*\x07|\x1b\[[0-9;:]*[A-Za-z]/g, ''); // eslint-disable-line no-control-regex

function stepsOf(job, now) {
  const [kind, first, second] = job.split('-');
  if (kind === 'done') return [{ name: 'Build', state: 'succeeded', lines: Number(first), lineOf, duration: 4000 }];
  if (kind === 'live') {
    const total = Number(second);
    const lines = Math.min(total, Math.max(0, Math.floor(((now - (starts.get(job) ?? now)) / 1000) * Number(first))));
    return [{ name: 'Print', state: lines >= total ? 'succeeded' : 'running', lines, lineOf, duration: null }];
  }
  return failing.map(([name, state, duration, lines]) => ({
    name,
    state,
    duration,
    lines: lines.length,
    lineOf: (n) => lines[n - 1]
  }));
}
const starts = new Map();

function marksOf(step) {
  const groups = [];
  const errors = [];
  if (step.lineOf === lineOf) {
    for (let n = 1; n <= step.lines && groups.length < 1000; n += 5000) {
      groups.push({
        first: n,
        last: n + 4999 <= step.lines ? n + 4999 : null,
        title: `part ${Math.floor(n / 5000) + 1}`
      });
    }
    return { groups, errors };
  }
  for (let n = 1; n <= step.lines; n++) {
    const text = plain(step.lineOf(n));
    if (text.startsWith('::group::')) groups.push({ first: n, last: null, title: text.slice(9) });
    else if (text === '::endgroup::') groups.at(-1).last = n;
    else if (errorPattern.test(text)) errors.push(n);
  }
  return { groups, errors };
}

function indexOf(job, attempt) {
  const steps = stepsOf(job, Date.now());
  let at = begun;
  const told = steps.map((step, number) => {
    const { groups, errors } = marksOf(step);
    const started = at;
    at += step.duration ?? 0;
    return {
      step: number,
      name: step.name,
      state: step.state,
      bytes: step.lines * 60,
      lines: step.lines,
      started_at: started,
      duration_ms: step.duration,
      exit_code: step.state === 'failed' ? 8 : step.state === 'succeeded' ? 0 : null,
      groups,
      errors,
      errors_total: errors.length
    };
  });
  const failed = told.find((step) => step.state === 'failed' && step.errors.length > 0);
  const complete = !job.startsWith('live') || steps[0].state !== 'running';
  return {
    attempt,
    complete,
    started_at: begun,
    event_id: `x-${steps[0].lines}`,
    steps: told,
    first_error: failed ? { step: failed.step, line: failed.errors[0] } : null
  };
}

function stream(job, request, response) {
  const [, rateText, totalText] = job.split('-');
  const rate = Number(rateText);
  const total = Number(totalText);
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  let sent = Number(/-(\d+)$/.exec(request.headers['last-event-id'] ?? '')?.[1] ?? 0);
  let offset = sent * 60;
  const start = starts.get(job) ?? Date.now();
  starts.set(job, start);
  const timer = setInterval(() => {
    const due = Math.min(total, Math.floor(((Date.now() - start) / 1000) * rate), sent + 10_000);
    if (due > sent && response.writableLength < 4_000_000) {
      let data = '';
      while (sent < due) data += `${lineOf(++sent)}\n`;
      const size = Buffer.byteLength(data);
      response.write(
        `id: x-${sent}\nevent: log\ndata: ${JSON.stringify({ step: 0, offset, size, data, time: Date.now() })}\n\n`
      );
      offset += size;
    }
    if (sent >= total) {
      clearInterval(timer);
      response.end('event: end\ndata: {"state":"succeeded","reason":null}\n\n');
    }
  }, 20);
  response.on('close', () => clearInterval(timer));
}

function linesAnswer(job, query) {
  const step = stepsOf(job, Date.now())[Number(query.get('step'))];
  const from = Number(query.get('from'));
  const count = Math.min(2000, Number(query.get('count')), step.lines - from + 1);
  const numbers = Array.from({ length: Math.max(0, count) }, (_, i) => from + i);
  return {
    step: Number(query.get('step')),
    from,
    lines: numbers.map(step.lineOf),
    times: numbers.map((n) =>
      step.duration
        ? begun + 21_000 * Number(query.get('step')) + Math.floor((n / step.lines) * step.duration)
        : timeOf(n)
    ),
    total: step.lines,
    complete: true
  };
}

function searchAnswer(job, query) {
  const isCase = query.get('case') === 'true';
  const text = query.get('q');
  const source = query.get('regex') === 'true' ? text : text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  let expression;
  try {
    expression = new RegExp(source, isCase ? '' : 'i');
  } catch {
    return null;
  }
  const matches = [];
  let total = 0;
  for (const [number, step] of stepsOf(job, Date.now()).entries()) {
    for (let n = 1; n <= step.lines; n++) {
      if (!expression.test(plain(step.lineOf(n)))) continue;
      total++;
      if (matches.length < 10_000) matches.push({ step: number, line: n });
    }
  }
  return { total, more: total > matches.length, matches };
}

function jobAnswer(job) {
  const steps = stepsOf(job, Date.now());
  const state =
    job === 'queued'
      ? 'queued'
      : steps.some((step) => step.state === 'failed')
        ? 'failed'
        : steps[0].state === 'running'
          ? 'running'
          : 'succeeded';
  const attempts = job === 'retried' ? 2 : job === 'queued' ? 0 : 1;
  return {
    id: job,
    version: 1,
    name: 'integration (postgres:17, arm64)',
    key: 'integration',
    state,
    reason:
      state === 'failed'
        ? { code: 'step_failed', facts: { step: 1, name: 'Run integration tests', exit_code: 8 } }
        : state === 'queued'
          ? {
              code: 'no_agent_fits',
              facts: { runs_on: ['arm64', 'gpu'], nearest: { agent: 'anvil-arm64-01', missing: ['gpu'] } }
            }
          : null,
    executor: 'docker',
    runs_on: ['arm64'],
    priority: 0,
    run_id: 'r1',
    attempt: attempts,
    attempts: Array.from({ length: attempts }, (_, i) => ({
      attempt: i + 1,
      agent_id: 'a1',
      agent: 'anvil-arm64-01',
      state: i + 1 < attempts ? 'lost' : state,
      log_flags: [],
      images: [],
      claimed_at: new Date(begun).toISOString(),
      started_at: new Date(begun).toISOString(),
      ended_at: state === 'running' ? undefined : new Date(begun + 358_000).toISOString()
    })),
    created_at: new Date(begun).toISOString(),
    started_at: new Date(begun).toISOString(),
    finished_at: state === 'running' ? undefined : new Date(begun + 358_000).toISOString(),
    spec: { image: 'gcc:14' }
  };
}

const runAnswer = () => ({
  id: 'r1',
  version: 1,
  number: 812,
  pipeline: 'ci',
  name: 'ci',
  event: 'push',
  branch: 'main',
  repository_id: 'p1',
  repository: 'lighthouse/beacon-api',
  sha: '9f31c02',
  title: 'Split refunds across currencies',
  author: 'mira',
  trust: 'trusted',
  triggered_by: 'push',
  state: 'failed',
  reason: null,
  warnings: false,
  round: 1,
  created_at: new Date(begun).toISOString(),
  started_at: new Date(begun).toISOString(),
  finished_at: new Date(begun + 400_000).toISOString(),
  jobs: ['fails', 'retried', 'other'].map((id) => ({
    id,
    version: 1,
    key: id,
    name: id,
    needs: [],
    round: 1,
    state: 'failed',
    reason: null,
    warning: false,
    attempts: 1,
    created_at: new Date(begun).toISOString()
  }))
});

function api(path, query, request, response) {
  const json = (body, status = 200) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  const job = /^\/api\/v1\/jobs\/([^/]+)(\/logs(?:\/\w+)?)?$/.exec(path);
  if (path === '/api/v1/session') json({ name: 'mira' });
  else if (path === '/api/v1/runs') json({ runs: [runAnswer()], next_cursor: null });
  else if (path.startsWith('/api/v1/runs/')) json(runAnswer());
  else if (path === '/api/v1/agents') json({ agents: [], next_cursor: null });
  else if (path === '/api/v1/queue') json({ jobs: [], next_cursor: null });
  else if (path === '/api/v1/repositories') json({ repositories: [] });
  else if (path === '/api/v1/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(
      `id: e-1\nevent: hello\ndata: ${JSON.stringify({ topics: (query.get('topics') ?? '').split(',') })}\n\n`
    );
  } else if (job === null)
    json({ code: 'not_found', status: 404, title: 'Not found', detail: 'There is nothing at this address.' }, 404);
  else if (job[2] === undefined) json(jobAnswer(job[1]));
  else if (job[2] === '/logs/index') {
    if (job[1].startsWith('live') && !starts.has(job[1])) starts.set(job[1], Date.now());
    json(indexOf(job[1], Number(query.get('attempt') ?? 1)));
  } else if (job[2] === '/logs/lines') json(linesAnswer(job[1], query));
  else if (job[2] === '/logs/stream') stream(job[1], request, response);
  else if (job[2] === '/logs/search') {
    const answer = searchAnswer(job[1], query);
    if (answer === null)
      json(
        { code: 'invalid', status: 422, title: 'Invalid', detail: 'q: this is no regular expression: missing )' },
        422
      );
    else json(answer);
  } else {
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
    response.end('the plain text\n');
  }
}

export function startStandIn(port = 0) {
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost');
    if (url.pathname.startsWith('/api/')) return api(url.pathname, url.searchParams, request, response);
    const file = join(build, normalize(url.pathname));
    const isFile = extname(file) !== '' && existsSync(file);
    const found = isFile ? file : join(build, 'index.html');
    response.writeHead(200, {
      'content-type': types[extname(found)] ?? 'application/octet-stream',
      'content-security-policy': isFile
        ? ''
        : csp.replace("default-src 'self'", "default-src 'self'; script-src 'self' 'unsafe-inline'")
    });
    // The build knows no base path: the server that hands it out puts its own in place.
    response.end(
      extname(found) === '.svg'
        ? readFileSync(found)
        : readFileSync(found, 'utf8').replaceAll('/__open_cicd_base__', '')
    );
  });
  return new Promise((resolve) =>
    server.listen(port, '127.0.0.1', () => resolve({ server, url: `http://127.0.0.1:${server.address().port}` }))
  );
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { url } = await startStandIn(Number(process.argv[2] ?? 4811));
  console.log(url);
}
