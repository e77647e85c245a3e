import { SseParser, type SseEvent } from '../sse';

export interface StreamHandlers {
  onEvent: (event: SseEvent) => void;
  onState: (state: 'live' | 'reconnecting', detail: string) => void;
  /** The server will not answer differently another time. */
  onRefused: (status: number, detail: string) => void;
}

const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 30_000;
/** The server says something every 4 s; a connection that is silent for longer has died without an error. */
const SILENCE_MAX_MS = 15_000;

/** One log stream that comes back after every cut, at the place where it was cut. */
export class LogStream {
  lastId: string;
  #controller = new AbortController();
  #closed = false;
  #retries = 0;
  #wake: (() => void) | null = null;

  readonly #url: string;
  readonly #handlers: StreamHandlers;
  readonly #request: typeof fetch;
  constructor(url: string, lastId: string, handlers: StreamHandlers, request: typeof fetch) {
    this.#url = url;
    this.#handlers = handlers;
    this.#request = request;

    this.lastId = lastId;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  async run(): Promise<void> {
    while (!this.#closed) {
      const pause = await this.#connect();
      if (this.#closed) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pause);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.#closed = true;
    this.#controller.abort();
    this.#wake?.();
  }

  /** The network is back: no need to wait for the next try. */
  retryNow(): void {
    this.#wake?.();
  }

  /** Reads until the connection ends; returns how long to wait before the next. */
  async #connect(): Promise<number> {
    this.#controller = new AbortController();
    let watchdog: ReturnType<typeof setTimeout> | undefined;
    const listen = (): void => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => this.#controller.abort(), SILENCE_MAX_MS);
    };
    let detail = 'the connection was cut';
    let retryAfter = 0;
    try {
      listen();
      const headers: Record<string, string> = { accept: 'text/event-stream' };
      if (this.lastId !== '') headers['last-event-id'] = this.lastId;
      const response = await this.#request(this.#url, { headers, signal: this.#controller.signal, cache: 'no-store' });
      if (!response.ok || response.body === null) {
        detail = await problemOf(response);
        if (!isTemporary(response.status)) {
          this.#closed = true;
          this.#handlers.onRefused(response.status, detail);
          return 0;
        }
        retryAfter = Number(response.headers.get('retry-after') ?? 0) * 1000 || 0;
      } else {
        const parser = new SseParser((event) => {
          if (this.#closed) return;
          this.#handlers.onEvent(event);
          if (event.id !== null) this.lastId = event.id;
        });
        this.#handlers.onState('live', '');
        const reader = response.body.getReader();
        for (;;) {
          const { value, done } = await reader.read();
          if (done || this.#closed) break;
          this.#retries = 0;
          listen();
          parser.push(value);
        }
      }
    } catch (error) {
      detail = error instanceof Error && error.name !== 'AbortError' ? error.message : detail;
    } finally {
      clearTimeout(watchdog);
      this.#controller.abort();
    }
    if (this.#closed) return 0;
    this.#handlers.onState('reconnecting', detail);
    const growing = Math.min(RETRY_FIRST_MS * 2 ** this.#retries++, RETRY_MAX_MS);
    return Math.max(retryAfter, growing * (0.5 + Math.random() / 2));
  }
}

export const isTemporary = (status: number): boolean =>
  status === 408 || status === 425 || status === 429 || status >= 500;

/** What an answer that is not 2xx says: the detail of its problem document, else its status. */
export async function problemOf(response: Response): Promise<string> {
  try {
    const problem: unknown = await response.json();
    if (typeof problem === 'object' && problem !== null && 'detail' in problem && typeof problem.detail === 'string') {
      return problem.detail;
    }
  } catch {
    // no problem document: something on the way answered
  }
  return `the server answered ${response.status}`;
}
