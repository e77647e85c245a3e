// One connection of the event stream, kept up: it resumes after a cut, waits longer after each failure, and notices a
// connection that is open but dead. It knows nothing of pages, and runs in a worker as well as in a page.
import { SseParser } from '../sse';
import type { Change } from './protocol';

export const firstRetryMs = 500;
export const longestRetryMs = 30_000;
/** The server writes something every 15 s; after this much silence the connection is taken for dead. */
export const silenceMs = 35_000;

export interface ConnectionEvents {
  /** The server follows the topics now. */
  hello(): void;
  change(change: Change): void;
  reset(): void;
  /** It is cut; a new try follows by itself. */
  cut(): void;
  /** 401: nothing follows until somebody signs in. */
  signedOut(): void;
  /** A topic that is not there, or that may not be read: nothing follows. */
  refused(topic: string | undefined): void;
}

export interface Surroundings {
  fetch: typeof fetch;
  random: () => number;
}

export class Connection {
  readonly #url: string;
  readonly #events: ConnectionEvents;
  readonly #surroundings: Surroundings;
  #lastId: string;
  #failures = 0;
  #closed = false;
  #attempt: AbortController | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly topics: readonly string[],
    base: string,
    events: ConnectionEvents,
    lastId = '',
    surroundings: Surroundings = { fetch: (...args) => fetch(...args), random: Math.random }
  ) {
    this.#url = `${base}/api/v1/events?topics=${topics.map(encodeURIComponent).join(',')}`;
    this.#events = events;
    this.#lastId = lastId;
    this.#surroundings = surroundings;
    void this.#run();
  }

  get lastId(): string {
    return this.#lastId;
  }

  close() {
    this.#closed = true;
    this.#attempt?.abort();
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#silenceTimer);
  }

  /** Does not wait for the end of the pause. */
  retryNow() {
    if (this.#retryTimer === undefined || this.#closed) return;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    this.#failures = 0;
    void this.#run();
  }

  async #run() {
    const attempt = new AbortController();
    this.#attempt = attempt;
    let retryAfterMs = 0;
    try {
      const answer = await this.#surroundings.fetch(this.#url, {
        headers: { accept: 'text/event-stream', ...(this.#lastId ? { 'last-event-id': this.#lastId } : {}) },
        credentials: 'same-origin',
        cache: 'no-store',
        signal: attempt.signal
      });
      if (this.#closed) return;
      if (answer.status === 401) return this.#events.signedOut();
      if (answer.status === 403 || answer.status === 404 || answer.status === 422) {
        return this.#events.refused(await refusedTopic(answer, this.topics));
      }
      if (!answer.ok || !answer.body) retryAfterMs = 1000 * Number(answer.headers.get('retry-after') ?? 0);
      else await this.#read(answer.body, attempt);
    } catch {
      // Whatever it was, the connection is gone; the next try shows whether it still is so.
    }
    attempt.abort();
    clearTimeout(this.#silenceTimer);
    if (this.#closed) return;
    this.#events.cut();
    const longest = Math.min(longestRetryMs, firstRetryMs * 2 ** this.#failures++);
    // Full jitter: a thousand browsers do not come back in the same moment.
    const pause = Math.max(Number.isFinite(retryAfterMs) ? retryAfterMs : 0, longest * this.#surroundings.random());
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = undefined;
      void this.#run();
    }, pause);
  }

  async #read(body: ReadableStream<Uint8Array>, attempt: AbortController) {
    const parser = new SseParser(({ id, event, data }) => {
      if (this.#closed) return;
      if (id) this.#lastId = id;
      if (event === 'hello') {
        this.#failures = 0;
        this.#events.hello();
      } else if (event === 'reset') {
        this.#events.reset();
      } else if (event === 'change') {
        this.#events.change(JSON.parse(data) as Change);
      }
    });
    const reader = body.getReader();
    for (;;) {
      clearTimeout(this.#silenceTimer);
      this.#silenceTimer = setTimeout(() => attempt.abort(), silenceMs);
      const { done, value } = await reader.read();
      if (done || this.#closed) return;
      parser.push(value);
    }
  }
}

/** The topic that was refused: of those that name a thing, the one whose id the answer repeats. */
async function refusedTopic(answer: Response, topics: readonly string[]): Promise<string | undefined> {
  try {
    const text = await answer.text();
    return topics.find((topic) => topic.includes(':') && text.includes(topic.slice(topic.indexOf(':') + 1)));
  } catch {
    return undefined;
  }
}
