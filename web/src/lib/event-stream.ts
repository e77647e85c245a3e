// One stream of server-sent events, kept up: it resumes after a cut, waits longer after each failure, and notices a connection that
// is open but dead. It knows nothing of pages, and runs in a worker as well as in a page.
import { isTemporary, problemOf } from './problems';
import { SseParser, type SseEvent } from './sse';

export const firstRetryMs = 500;
export const longestRetryMs = 30_000;

export interface StreamHandlers {
  /** The server has answered; events follow. */
  onOpen?: () => void;
  onEvent: (event: SseEvent) => void;
  /** It is cut, for this reason in words; a new try follows by itself. */
  onCut: (detail: string) => void;
  /** The server will not answer differently another time: nothing follows. */
  onRefused: (answer: Response) => void;
}

export interface StreamOptions {
  url: string;
  /** Where to go on; '' is where the stream begins. */
  lastId: string;
  /** The server says something more often than this; a connection that is silent for longer is taken for dead. */
  silenceMs: number;
  fetch?: typeof fetch;
  random?: () => number;
}

export class EventStream {
  readonly #handlers: StreamHandlers;
  readonly #options: StreamOptions;
  #lastId: string;
  #failures = 0;
  #closed = false;
  #attempt: AbortController | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: StreamOptions, handlers: StreamHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#lastId = options.lastId;
    void this.#run();
  }

  /** Of the newest event: another stream with it goes on behind that one. */
  get lastId(): string {
    return this.#lastId;
  }

  get isClosed(): boolean {
    return this.#closed;
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
    let detail = 'the connection was cut';
    let retryAfterMs = 0;
    try {
      this.#expectBytes(attempt);
      const answer = await (this.#options.fetch ?? fetch)(this.#options.url, {
        headers: { accept: 'text/event-stream', ...(this.#lastId === '' ? {} : { 'last-event-id': this.#lastId }) },
        credentials: 'same-origin',
        cache: 'no-store',
        signal: attempt.signal
      });
      if (this.#closed) return;
      if (answer.ok && answer.body !== null) {
        this.#handlers.onOpen?.();
        await this.#read(answer.body, attempt);
      } else if (isTemporary(answer.status)) {
        retryAfterMs = 1000 * Number(answer.headers.get('retry-after')) || 0;
        detail = await problemOf(answer);
      } else {
        this.#closed = true;
        clearTimeout(this.#silenceTimer);
        this.#handlers.onRefused(answer);
        return;
      }
    } catch (cause) {
      // Whatever it was, the connection is gone; the next try shows whether it still is so.
      if (cause instanceof Error && cause.name !== 'AbortError') detail = cause.message;
    }
    attempt.abort();
    clearTimeout(this.#silenceTimer);
    if (this.#closed) return;
    this.#handlers.onCut(detail);
    const longest = Math.min(longestRetryMs, firstRetryMs * 2 ** this.#failures++);
    // Full jitter: a thousand browsers do not come back in the same moment.
    const pause = Math.max(retryAfterMs, longest * (this.#options.random ?? Math.random)());
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = undefined;
      void this.#run();
    }, pause);
  }

  async #read(body: ReadableStream<Uint8Array>, attempt: AbortController) {
    const parser = new SseParser((event) => {
      if (this.#closed) return;
      if (event.id !== null) this.#lastId = event.id;
      this.#handlers.onEvent(event);
    });
    const reader = body.getReader();
    for (;;) {
      this.#expectBytes(attempt);
      const { done, value } = await reader.read();
      if (done || this.#closed) return;
      this.#failures = 0;
      parser.push(value);
    }
  }

  #expectBytes(attempt: AbortController) {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => attempt.abort(), this.#options.silenceMs);
  }
}
