/** One server-sent event. `id` is null when the event carries none. */
export interface SseEvent {
  event: string;
  data: string;
  id: string | null;
}

/** A server that never ends its event is broken; our own events stay far below this. */
const EVENT_BYTES_MAX = 4 * 1024 * 1024;

const LF = 10;
const CR = 13;
const COLON = 58;
const SPACE = 32;

/**
 * Reads server-sent events from the bytes of a response body, however they are cut into chunks. EventSource would do,
 * but it gives up for good on 401 and 503 and hides the status.
 */
export class SseParser {
  #buffer = new Uint8Array(64 * 1024);
  #used = 0;
  #event = '';
  #id: string | null = null;
  #data: string[] = [];
  #hasData = false;
  #lastWasCr = false;
  readonly #decoder = new TextDecoder();

  readonly #onEvent: (event: SseEvent) => void;
  readonly #onRetry: (ms: number) => void;
  constructor(onEvent: (event: SseEvent) => void, onRetry: (ms: number) => void = () => {}) {
    this.#onEvent = onEvent;
    this.#onRetry = onRetry;
  }

  push(chunk: Uint8Array): void {
    // What was there before this chunk holds no end of a line.
    const scanned = this.#used;
    this.#append(chunk);
    let from = 0;
    let lf = this.#find(LF, scanned);
    let cr = this.#find(CR, scanned);
    // The second byte of CR LF ends no line of its own, also when a cut lies between them.
    if (this.#lastWasCr && chunk.length > 0 && lf === 0) {
      from = 1;
      lf = this.#find(LF, from);
    }
    if (chunk.length > 0) this.#lastWasCr = chunk[chunk.length - 1] === CR;
    for (;;) {
      const end = Math.min(lf, cr);
      if (end === this.#used) break;
      this.#line(from, end);
      const isPair = end === cr && lf === cr + 1 && lf < this.#used;
      from = isPair ? end + 2 : end + 1;
      if (lf < from) lf = this.#find(LF, from);
      if (cr < from) cr = this.#find(CR, from);
    }
    this.#buffer.copyWithin(0, from, this.#used);
    this.#used -= from;
  }

  /** Where the byte stands next, or where the bytes end. */
  #find(byte: number, from: number): number {
    const at = this.#buffer.indexOf(byte, from);
    return at < 0 || at > this.#used ? this.#used : at;
  }

  #append(chunk: Uint8Array): void {
    const need = this.#used + chunk.length;
    if (need > EVENT_BYTES_MAX) throw new Error('the server sent an event that is too large');
    if (need > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(need, this.#buffer.length * 2));
      larger.set(this.#buffer.subarray(0, this.#used));
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#used);
    this.#used = need;
  }

  #line(from: number, to: number): void {
    if (from === to) {
      this.#dispatch();
      return;
    }
    const colon = this.#buffer.indexOf(COLON, from);
    if (colon === from) return; // a comment keeps the connection alive
    const nameEnd = colon < 0 || colon > to ? to : colon;
    let valueFrom = Math.min(nameEnd + 1, to);
    if (this.#buffer[valueFrom] === SPACE && valueFrom < to) valueFrom++;
    const name = this.#decoder.decode(this.#buffer.subarray(from, nameEnd));
    const value = this.#decoder.decode(this.#buffer.subarray(valueFrom, to));
    if (name === 'data') {
      this.#data.push(value);
      this.#hasData = true;
    } else if (name === 'event') this.#event = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
    else if (name === 'retry' && /^\d+$/.test(value)) this.#onRetry(Number(value));
  }

  #dispatch(): void {
    // A block with only an id moves the place to resume from; it is an event without data for us.
    if (this.#hasData || this.#id !== null) {
      this.#onEvent({ event: this.#event || 'message', data: this.#data.join('\n'), id: this.#id });
    }
    this.#event = '';
    this.#id = null;
    this.#data = [];
    this.#hasData = false;
  }
}
