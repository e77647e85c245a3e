import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EventStream, firstRetryMs } from './event-stream';

const silenceMs = 5000;
let answers: (() => Response | Promise<Response>)[];
let requests: Headers[];
let told: string[];

beforeEach(() => {
  vi.useFakeTimers();
  [answers, requests, told] = [[], [], []];
});
afterEach(() => void vi.useRealTimers());

function open(lastId = ''): EventStream {
  return new EventStream(
    {
      url: '/stream',
      lastId,
      silenceMs,
      random: () => 1,
      fetch: (_, init) => {
        requests.push(new Headers(init?.headers));
        const { signal } = init!;
        const next = answers.shift();
        if (next !== undefined) return Promise.resolve(next());
        // Whoever is asked too much says nothing, until it is given up.
        return new Promise((_, reject) =>
          signal!.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
        );
      }
    },
    {
      onOpen: () => told.push('open'),
      onEvent: ({ data }) => told.push(data),
      onCut: (detail) => told.push(`cut: ${detail}`),
      onRefused: ({ status }) => told.push(`refused: ${status}`)
    }
  );
}
const events = (text: string) => () => new Response(text, { headers: { 'content-type': 'text/event-stream' } });

it('goes on behind the newest event', async () => {
  answers = [events('id: 7\ndata: one\n\n')];
  const stream = open('6');
  await vi.advanceTimersByTimeAsync(firstRetryMs);
  expect(told).toEqual(['open', 'one', 'cut: the connection was cut']);
  expect(requests.map((headers) => headers.get('last-event-id'))).toEqual(['6', '7']);
  stream.close();
});

it('waits as long as the server asks for, and tells why', async () => {
  answers = [() => Response.json({ detail: 'too many streams' }, { status: 503, headers: { 'retry-after': '9' } })];
  const stream = open();
  await vi.advanceTimersByTimeAsync(8999);
  expect(told).toEqual(['cut: too many streams']);
  expect(requests).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(requests).toHaveLength(2);
  stream.close();
});

it('does not wait when it is told that the network is back', async () => {
  answers = [() => new Response('', { status: 502 }), events('data: here\n\n')];
  const stream = open();
  await vi.advanceTimersByTimeAsync(0);
  stream.retryNow();
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toContain('here');
  stream.close();
});

it('asks no more where the answer stays the same', async () => {
  answers = [() => new Response('', { status: 404 })];
  const stream = open();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(told).toEqual(['refused: 404']);
  expect(requests).toHaveLength(1);
  expect(stream.isClosed).toBe(true);
});

it('gives up a request that gets no answer', async () => {
  const stream = open();
  await vi.advanceTimersByTimeAsync(silenceMs + firstRetryMs);
  expect(told).toEqual(['cut: the connection was cut']);
  expect(requests).toHaveLength(2);
  stream.close();
});

it('says nothing after it was closed', async () => {
  answers = [events('data: one\n\n')];
  open().close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([]);
  expect(requests).toHaveLength(1);
});
