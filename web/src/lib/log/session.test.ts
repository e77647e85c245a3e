import { afterEach, describe, expect, it } from 'vitest';
import type { IndexAnswer, IndexStep } from './answers';
import type { FromWorker, ToWorker } from './protocol';
import { LogSession } from './session';

const encoder = new TextEncoder();

/** The server's log endpoints over lines in memory, and a stream that the test writes to. */
class FakeServer {
  requests: { path: string; query: URLSearchParams; lastEventId: string | null }[] = [];
  lines: string[][] = [];
  states: string[] = [];
  complete = false;
  answer: ((path: string, query: URLSearchParams) => Response | null) | null = null;
  private stream: ReadableStreamDefaultController<Uint8Array> | null = null;
  private streamWaits: (() => void)[] = [];
  streams = 0;

  readonly request: typeof fetch = (input, init) => {
    const url = new URL(String(input), 'http://server');
    const path = url.pathname.replace(/.*\/logs\//, '');
    const signal = init?.signal;
    if (signal?.aborted) return Promise.reject(new DOMException('aborted', 'AbortError'));
    this.requests.push({ path, query: url.searchParams, lastEventId: new Headers(init?.headers).get('last-event-id') });
    const own = this.answer?.(path, url.searchParams);
    if (own) return Promise.resolve(own);
    if (path === 'stream') return Promise.resolve(this.openStream(signal ?? null));
    if (path === 'index') return Promise.resolve(Response.json(this.index()));
    if (path === 'lines') return Promise.resolve(Response.json(this.range(url.searchParams)));
    return Promise.resolve(
      Response.json({ code: 'not_found', status: 404, detail: 'There is no such thing.' }, { status: 404 })
    );
  };

  index(): IndexAnswer {
    const steps = this.lines.map((lines, step): IndexStep => ({
      step,
      name: `step ${step}`,
      state: this.states[step] ?? 'succeeded',
      bytes: encoder.encode(lines.map((line) => `${line}\n`).join('')).length,
      lines: lines.length,
      duration_ms: 1000,
      groups: [],
      errors: [],
      errors_total: 0
    }));
    return {
      attempt: 1,
      complete: this.complete,
      started_at: '2026-10-02T14:00:00Z',
      event_id: 'from-the-index',
      steps
    };
  }

  private range(query: URLSearchParams) {
    const step = Number(query.get('step'));
    const from = Number(query.get('from'));
    const lines = this.lines[step]!.slice(from - 1, from - 1 + Math.min(100, Number(query.get('count'))));
    return {
      step,
      from,
      lines,
      times: lines.map((_, i) => 1000 + from + i),
      cut: [],
      total: this.lines[step]!.length,
      complete: this.complete
    };
  }

  private openStream(signal: AbortSignal | null): Response {
    this.streams++;
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (this.stream = controller) });
    signal?.addEventListener('abort', () => (this.stream = null));
    for (const wake of this.streamWaits.splice(0)) wake();
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  }
  /** The next stream that a client opens. */
  nextStream(): Promise<void> {
    return new Promise((resolve) => this.streamWaits.push(resolve));
  }

  send(event: string, data: unknown, id?: string) {
    this.stream!.enqueue(
      encoder.encode(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    );
  }
  log(step: number, offset: number, data: string, id: string) {
    this.send('log', { step, offset, size: encoder.encode(data).length, data, time: 5000 }, id);
  }
  cut() {
    this.stream!.close();
  }
}

/** A session and what it says, with waits for what it will say. */
class Client {
  said: FromWorker[] = [];
  private waits: { wanted: (message: FromWorker) => boolean; resolve: (message: FromWorker) => void }[] = [];
  readonly session: LogSession;

  constructor(server: FakeServer) {
    this.session = new LogSession((message) => {
      this.said.push(message);
      for (const wait of [...this.waits]) {
        if (!wait.wanted(message)) continue;
        this.waits.splice(this.waits.indexOf(wait), 1);
        wait.resolve(message);
      }
    }, server.request);
  }

  /** The next message of this type that is wanted. */
  next<T extends FromWorker['type']>(type: T, wanted: (message: FromWorker & { type: T }) => boolean = () => true) {
    return new Promise<FromWorker & { type: T }>((resolve) => {
      this.waits.push({
        wanted: (message) => message.type === type && wanted(message as FromWorker & { type: T }),
        resolve: (message) => resolve(message as FromWorker & { type: T })
      });
    });
  }
  send(message: ToWorker) {
    this.session.handle(message);
  }
  async open(): Promise<FromWorker & { type: 'opened' }> {
    const opened = this.next('opened');
    this.send({ type: 'open', api: '/api/v1', job: 'j1', attempt: 1, aim: null });
    return opened;
  }
}

let client: Client | undefined;
afterEach(() => client?.session.close());

function started(server: FakeServer): Client {
  client = new Client(server);
  return client;
}

describe('a log that has ended', () => {
  it('is told by its index, and streams nothing', async () => {
    const server = new FakeServer();
    server.complete = true;
    server.lines = [['one'], ['two', 'three']];
    const one = started(server);
    const ended = one.next('live', (message) => message.state === 'ended');
    const opened = await one.open();
    await ended;
    expect(opened.steps.map((step) => [step.name, step.lines])).toEqual([
      ['step 0', 1],
      ['step 1', 2]
    ]);
    expect(server.streams).toBe(0);
  });

  it('puts its steps behind each other in time', async () => {
    const server = new FakeServer();
    server.complete = true;
    server.lines = [['a'], ['b']];
    const opened = await started(server).open();
    const begin = Date.parse('2026-10-02T14:00:00Z');
    expect(opened.steps.map((step) => step.startedAt)).toEqual([begin, begin + 1000]);
  });

  it('brings lines from anywhere, by as many requests as the server’s limit asks for, and only once', async () => {
    const server = new FakeServer();
    server.complete = true;
    server.lines = [Array.from({ length: 2000 }, (_, i) => `\x1b[31mline ${i + 1}\x1b[0m`)];
    const one = started(server);
    await one.open();
    for (let time = 0; time < 2; time++) {
      const answer = one.next('lines', (message) => message.id === time);
      one.send({ type: 'lines', id: time, step: 0, from: 1500, to: 1502 });
      const { lines, problem } = await answer;
      expect(problem).toBe('');
      expect(lines.map((line) => line.text)).toEqual(['line 1500', 'line 1501', 'line 1502']);
      expect(lines[0]!.time).toBe(2500);
      expect(lines[0]!.runs).not.toBeNull();
    }
    expect(
      server.requests.filter((request) => request.path === 'lines').map((request) => request.query.get('from'))
    ).toEqual(['1025', '1125', '1225', '1325', '1425', '1525']);
  });

  it('says why lines could not be brought', async () => {
    const server = new FakeServer();
    server.complete = true;
    server.lines = [['a']];
    server.answer = (path) =>
      path === 'lines'
        ? Response.json({ code: 'log_missing', status: 500, detail: 'Its file is gone.' }, { status: 500 })
        : null;
    const one = started(server);
    await one.open();
    const answer = one.next('lines');
    one.send({ type: 'lines', id: 7, step: 0, from: 1, to: 1 });
    expect((await answer).problem).toBe('Its file is gone.');
  });

  it('gives the text of lines of several steps without colours', async () => {
    const server = new FakeServer();
    server.complete = true;
    server.lines = [['a', '\x1b[1mb\x1b[0m'], ['c\td'], ['e', 'f']];
    const one = started(server);
    await one.open();
    const answer = one.next('text');
    one.send({ type: 'text', id: 1, from: { step: 0, line: 2 }, to: { step: 2, line: 1 } });
    expect((await answer).text).toBe('b\nc\td\ne');
  });

  it('that is not there is a problem, told by the server’s words', async () => {
    const server = new FakeServer();
    server.answer = () =>
      Response.json({ code: 'no_such_attempt', status: 404, detail: 'The job has no attempt 9.' }, { status: 404 });
    const one = started(server);
    const problem = one.next('problem');
    one.send({ type: 'open', api: '/api/v1', job: 'j1', attempt: 9, aim: null });
    expect(await problem).toEqual({ type: 'problem', status: 404, detail: 'The job has no attempt 9.' });
  });
});

describe('a search in a log that has ended', () => {
  const search = { text: 'x', regex: false, matchCase: false };
  function searched(answers: (() => Response)[]): FakeServer {
    const server = new FakeServer();
    server.complete = true;
    server.lines = [Array.from({ length: 50 }, () => 'x')];
    server.answer = (path) => (path === 'search' ? answers.shift()!() : null);
    return server;
  }

  it('goes on where the server stopped, and adds up', async () => {
    const server = searched([
      () =>
        Response.json({
          total: 2,
          more: true,
          matches: [
            { step: 0, line: 3 },
            { step: 0, line: 4 }
          ],
          next_cursor: '0.20'
        }),
      () => Response.json({ total: 1, more: false, matches: [{ step: 0, line: 33 }] })
    ]);
    const one = started(server);
    await one.open();
    const done = one.next('hits', (message) => message.done);
    one.send({ type: 'search', id: 5, query: search });
    const last = await done;
    expect([last.total, last.more]).toEqual([3, false]);
    const found = one.said.flatMap((message) =>
      message.type === 'hits' ? message.hits.flatMap((hit) => [...hit.lines]) : []
    );
    expect(found).toEqual([3, 4, 33]);
    expect(server.requests.at(-1)!.query.get('cursor')).toBe('0.20');
  });

  it('waits as long as a busy server asks for', async () => {
    const busy = () =>
      Response.json(
        { code: 'too_many_searches', status: 503, detail: 'Busy.' },
        { status: 503, headers: { 'retry-after': '0.01' } }
      );
    const one = started(
      searched([busy, busy, () => Response.json({ total: 1, more: false, matches: [{ step: 0, line: 1 }] })])
    );
    await one.open();
    const done = one.next('hits', (message) => message.done);
    one.send({ type: 'search', id: 5, query: search });
    expect((await done).total).toBe(1);
  });

  it('tells what the server says of a wrong expression', async () => {
    const one = started(
      searched([() => Response.json({ code: 'invalid', status: 422, detail: 'q: missing )' }, { status: 422 })])
    );
    await one.open();
    const done = one.next('hits', (message) => message.done);
    one.send({ type: 'search', id: 5, query: { text: '(', regex: true, matchCase: false } });
    expect((await done).problem).toBe('q: missing )');
  });
});

describe('a log that grows', () => {
  function growing(): FakeServer {
    const server = new FakeServer();
    server.lines = [['first']];
    server.states = ['running'];
    return server;
  }
  const grownTo = (lines: number) => (message: FromWorker & { type: 'grown' }) =>
    message.lines.some((one) => one.step === 0 && one.total === lines);

  it('goes on behind what the index counted', async () => {
    const server = growing();
    const one = started(server);
    const live = one.next('live', (message) => message.state === 'live');
    await one.open();
    await live;
    expect(server.requests.find((request) => request.path === 'stream')!.lastEventId).toBe('from-the-index');
    one.send({ type: 'follow', rows: 50 });
    const grown = one.next('grown', grownTo(3));
    server.log(0, 6, 'second\nthird\n', 'b');
    expect((await grown).tail.map((line) => [line.line, line.text, line.time])).toEqual([
      [2, 'second', 5000],
      [3, 'third', 5000]
    ]);
  });

  it('shows a line before its end has come, and then whole', async () => {
    const server = growing();
    const one = started(server);
    const live = one.next('live', (message) => message.state === 'live');
    await one.open();
    await live;
    one.send({ type: 'follow', rows: 50 });
    const half = one.next('grown', grownTo(2));
    server.log(0, 6, 'ha', 'b');
    expect((await half).tail.at(-1)).toMatchObject({ line: 2, text: 'ha' });
    const whole = one.next('grown', (message) => message.tail.at(-1)?.text === 'half');
    server.log(0, 8, 'lf\n', 'c');
    expect((await whole).lines[0]).toMatchObject({ from: 2, total: 2 });
  });

  it('resumes after a cut with the last id, and takes nothing twice', async () => {
    const server = growing();
    const one = started(server);
    const live = one.next('live', (message) => message.state === 'live');
    await one.open();
    await live;
    const grown = one.next('grown', grownTo(2));
    server.log(0, 6, 'second\n', 'b');
    await grown;
    const cut = one.next('live', (message) => message.state === 'reconnecting');
    const again = server.nextStream();
    server.cut();
    await cut;
    await again;
    expect(server.requests.filter((request) => request.path === 'stream').at(-1)!.lastEventId).toBe('b');
    const more = one.next('grown', grownTo(3));
    server.log(0, 6, 'second\n', 'b');
    server.log(0, 13, 'third\n', 'c');
    await more;
    const text = one.next('text');
    one.send({ type: 'text', id: 1, from: { step: 0, line: 1 }, to: { step: 0, line: 3 } });
    expect((await text).text).toBe('first\nsecond\nthird');
  });

  it('marks errors and finds groups as they come', async () => {
    const server = growing();
    const one = started(server);
    const live = one.next('live', (message) => message.state === 'live');
    await one.open();
    await live;
    const grown = one.next('grown', grownTo(4));
    server.log(0, 6, '::group::Build\nerror: no\n::endgroup::\n', 'b');
    const { errors, groups } = await grown;
    expect(errors).toEqual([{ step: 0, line: 3 }]);
    expect(groups).toEqual([{ step: 0, from: 0, groups: [{ first: 2, last: 4, title: 'Build' }] }]);
  });

  it('is searched here, also in what comes later', async () => {
    const server = growing();
    server.answer = (path) =>
      path === 'search' ? Response.json({ total: 1, more: false, matches: [{ step: 0, line: 1 }] }) : null;
    const one = started(server);
    const live = one.next('live', (message) => message.state === 'live');
    await one.open();
    await live;
    const found = one.next('hits', (message) => message.done);
    one.send({ type: 'search', id: 3, query: { text: 'FIRST', regex: false, matchCase: false } });
    await found;
    const later = one.next('hits', (message) => message.hits.length > 0);
    server.log(0, 6, 'other\nfirst again\n', 'b');
    expect([...(await later).hits[0]!.lines]).toEqual([3]);
  });

  it('is read again when it ends, as its index then has everything', async () => {
    const server = growing();
    const one = started(server);
    const live = one.next('live', (message) => message.state === 'live');
    await one.open();
    await live;
    const ended = one.next('live', (message) => message.state === 'ended');
    const opened = one.next('opened');
    server.lines[0]!.push('second');
    server.states = ['failed'];
    server.complete = true;
    server.log(0, 6, 'second\n', 'b');
    server.send('end', { state: 'failed', reason: null });
    expect((await opened).steps[0]).toMatchObject({ state: 'failed', lines: 2 });
    await ended;
  });
});
