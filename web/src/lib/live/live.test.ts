import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { firstRetryMs } from '../event-stream';
import { Connection, silenceMs } from './connection';
import { Entities } from './entities.svelte';
import { Hub, pauseAfterMs } from './hub';
import type { Change, ToPage } from './protocol';
import { SseParser, type SseEvent } from '../sse';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('the parser of the stream', () => {
  const text =
    ': hello\r\nretry: 1500\n\nid: a-1\nevent: hello\ndata: {"x":"é🦀"}\n\nid: a-2\rdata: one\rdata:two\r\rdata: cut off';
  function parsed(size: number) {
    const events: SseEvent[] = [];
    const retries: number[] = [];
    const parser = new SseParser(
      (event) => events.push(event),
      (ms) => retries.push(ms)
    );
    const all = bytes(text);
    for (let at = 0; at < all.length; at += size) parser.push(all.slice(at, at + size));
    return { events, retries };
  }
  test.each(Array.from({ length: 19 }, (_, i) => i + 1))('says the same of pieces of %i bytes', (size) => {
    expect(parsed(size)).toEqual({
      retries: [1500],
      events: [
        { id: 'a-1', event: 'hello', data: '{"x":"é🦀"}' },
        { id: 'a-2', event: 'message', data: 'one\ntwo' }
      ]
    });
  });
});

describe('versions', () => {
  interface Thing {
    id: string;
    version: number;
    state: string;
    note?: string;
  }
  const change = (from: number, version: number, patch: Change['patch']): Change => ({
    topic: 'runs',
    kind: 'run',
    id: 'a',
    from,
    version,
    patch
  });
  const thing = (version: number, state: string): Thing => ({ id: 'a', version, state });
  let things: Entities<Thing>;
  beforeEach(() => (things = new Entities<Thing>((one) => one.version)));

  test('an older answer does not take the place of what an event told', () => {
    things.apply(change(0, 3, { version: 3, state: 'running' }));
    expect(things.put(thing(2, 'queued'))).toBe('old');
    expect(things.get('a')?.state).toBe('running');
  });
  test('a patch stands on the version that is there', () => {
    things.put(thing(2, 'queued'));
    expect(things.apply(change(2, 3, { version: 3, state: 'running', note: 'x' }))).toBe('applied');
    expect(things.get('a')).toEqual({ id: 'a', version: 3, state: 'running', note: 'x' });
    expect(things.apply(change(2, 3, { version: 3 }))).toBe('old');
    expect(things.apply(change(5, 6, { version: 6 }))).toBe('missed');
  });
  test('a patch of what is not there is missed, and null takes it away', () => {
    expect(things.apply(change(1, 2, { version: 2 }))).toBe('missed');
    things.put(thing(2, 'queued'));
    expect(things.apply(change(2, 3, null))).toBe('applied');
    expect(things.get('a')).toBeUndefined();
  });
  test('after a reset the next answer counts, also one of a smaller version', () => {
    things.put(thing(9, 'running'));
    things.forgetVersions();
    expect(things.apply(change(9, 10, { version: 10 }))).toBe('missed');
    expect(things.put(thing(1, 'queued'))).toBe('applied');
  });
});

/** A server whose answers the test writes. */
class Server {
  requests: { url: string; lastId: string | null; body: ReadableStreamDefaultController<Uint8Array> }[] = [];
  status = 200;
  headers: Record<string, string> = {};
  fetch: typeof fetch = async (input, init) => {
    let body!: ReadableStreamDefaultController<Uint8Array>;
    const stream = new ReadableStream<Uint8Array>({ start: (controller) => (body = controller) });
    init?.signal?.addEventListener('abort', () => {
      try {
        body.error(new DOMException('aborted', 'AbortError'));
      } catch {
        // It was closed before.
      }
    });
    this.requests.push({ url: String(input), lastId: new Headers(init?.headers).get('last-event-id'), body });
    return new Response(this.status === 200 ? stream : '{}', { status: this.status, headers: this.headers });
  };
  get last() {
    return this.requests[this.requests.length - 1]!;
  }
  say(text: string) {
    this.last.body.enqueue(bytes(text));
  }
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe('a connection', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function connected(status = 200) {
    const server = new Server();
    server.status = status;
    const told: string[] = [];
    const connection = new Connection(
      ['runs'],
      '/ci',
      {
        hello: () => told.push('hello'),
        change: ({ id }) => told.push(`change ${id}`),
        reset: () => told.push('reset'),
        cut: () => told.push('cut'),
        signedOut: () => told.push('signed out'),
        refused: (topic) => told.push(`refused ${topic}`)
      },
      '',
      { fetch: server.fetch, random: () => 1 }
    );
    return { server, told, connection };
  }
  const hello = 'id: e-1\nevent: hello\ndata: {}\n\n';

  test('goes on after a cut with the last id', async () => {
    const { server, told, connection } = connected();
    await settle();
    server.say(`${hello}id: e-2\nevent: change\ndata: {"id":"r1"}\n\n`);
    await settle();
    server.last.body.close();
    await settle();
    expect(told).toEqual(['hello', 'change r1', 'cut']);
    await vi.advanceTimersByTimeAsync(firstRetryMs);
    expect(server.requests).toHaveLength(2);
    expect(server.last.lastId).toBe('e-2');
    connection.close();
  });

  test('waits longer after each failure', async () => {
    const { server, connection } = connected(502);
    await settle();
    const pauses: number[] = [];
    for (let i = 0; i < 4; i++) {
      const before = server.requests.length;
      let waited = 0;
      while (server.requests.length === before && waited < 60_000) {
        await vi.advanceTimersByTimeAsync(250);
        waited += 250;
      }
      pauses.push(waited);
    }
    expect(pauses.every((pause, i) => i === 0 || pause > pauses[i - 1]!)).toBe(true);
    connection.close();
  });

  test('takes silence for death', async () => {
    const { server, told, connection } = connected();
    await settle();
    server.say(hello);
    await settle();
    await vi.advanceTimersByTimeAsync(silenceMs + 1);
    expect(told).toContain('cut');
    connection.close();
  });

  test('stops when nobody is signed in', async () => {
    const { server, told } = connected(401);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(told).toEqual(['signed out']);
    expect(server.requests).toHaveLength(1);
  });
});

describe('the hub', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function hub() {
    const server = new Server();
    const made = new Hub(
      '',
      (topics, events, lastId) => new Connection(topics, '', events, lastId, { fetch: server.fetch, random: () => 1 })
    );
    const open = () => server.requests.length;
    const page = () => {
      const heard: ToPage[] = [];
      return { heard, say: made.add((message) => heard.push(message)) };
    };
    return { server, page, open };
  }
  const hello = 'id: e-1\nevent: hello\ndata: {}\n\n';
  const change = (topic: string) =>
    `id: e-2\nevent: change\ndata: {"topic":"${topic}","kind":"run","id":"r","from":0,"version":1,"patch":{}}\n\n`;

  test('has one stream for all pages, and tells each what it follows', async () => {
    const { server, page, open } = hub();
    const one = page();
    const two = page();
    one.say({ say: 'follow', topics: ['runs'] });
    two.say({ say: 'follow', topics: ['agents'] });
    await vi.advanceTimersByTimeAsync(20);
    expect(open()).toBe(1);
    expect(server.last.url).toBe('/api/v1/events?topics=agents,runs');
    server.say(hello);
    await settle();
    expect(one.heard).toContainEqual({ say: 'ready', topics: ['runs'] });
    server.say(change('runs'));
    await settle();
    expect(one.heard.some((message) => message.say === 'changes')).toBe(true);
    expect(two.heard.some((message) => message.say === 'changes')).toBe(false);
  });

  test('closes the stream when no page was looked at for a while, and opens it again', async () => {
    const { server, page, open } = hub();
    const one = page();
    one.say({ say: 'follow', topics: ['runs'] });
    await vi.advanceTimersByTimeAsync(20);
    server.say(hello);
    await settle();
    one.say({ say: 'watched', watched: false });
    await vi.advanceTimersByTimeAsync(pauseAfterMs + 50);
    expect(one.heard.at(-1)).toEqual({ say: 'state', state: { name: 'paused' } });
    const before = open();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(open()).toBe(before);
    one.say({ say: 'watched', watched: true });
    await vi.advanceTimersByTimeAsync(50);
    expect(open()).toBe(before + 1);
    expect(server.last.lastId).toBe('e-1');
  });

  test('follows more on a second stream, and leaves the first when it stands', async () => {
    const { server, page, open } = hub();
    const one = page();
    one.say({ say: 'follow', topics: ['runs'] });
    await vi.advanceTimersByTimeAsync(20);
    server.say(hello);
    await settle();
    one.say({ say: 'follow', topics: ['runs', 'run:r'] });
    await vi.advanceTimersByTimeAsync(20);
    expect(open()).toBe(2);
    server.say(hello);
    await settle();
    expect(one.heard).toContainEqual({ say: 'ready', topics: ['run:r'] });
    expect(one.heard.filter((message) => message.say === 'ready' && message.topics.includes('runs'))).toHaveLength(1);
  });
});
