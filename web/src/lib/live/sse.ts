// Reads Server-Sent Events out of bytes as they arrive, whatever their cuts.

export interface ServerSentEvent {
  id: string;
  event: string;
  data: string;
}

const lf = 10;
const cr = 13;

/** A line that is longer than this is no event of ours: the stream is given up. */
export const maxLineBytes = 4 * 1024 * 1024;

export class SseParser {
  readonly #onEvent: (event: ServerSentEvent) => void;
  readonly #onRetry: (ms: number) => void;
  readonly #decoder = new TextDecoder();
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #lastByteWasCr = false;
  #event = '';
  #data: string[] = [];
  #lastId = '';

  constructor(onEvent: (event: ServerSentEvent) => void, onRetry: (ms: number) => void = () => {}) {
    this.#onEvent = onEvent;
    this.#onRetry = onRetry;
  }

  push(chunk: Uint8Array) {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      // The second byte of CR LF ends no line of its own, also when a cut lies between them.
      const secondOfPair = byte === lf && this.#lastByteWasCr;
      this.#lastByteWasCr = byte === cr;
      if (secondOfPair) {
        start = at + 1;
      } else if (byte === lf || byte === cr) {
        this.#line(this.#text(chunk.subarray(start, at)));
        start = at + 1;
      }
    }
    this.#keep(chunk.subarray(start));
  }

  #keep(bytes: Uint8Array) {
    if (bytes.length === 0) return;
    const joined = new Uint8Array(this.#rest.length + bytes.length);
    joined.set(this.#rest);
    joined.set(bytes, this.#rest.length);
    if (joined.length > maxLineBytes) throw new Error(`a line of the stream is over ${maxLineBytes} bytes`);
    this.#rest = joined;
  }

  #text(end: Uint8Array): string {
    if (this.#rest.length === 0) return this.#decoder.decode(end);
    this.#keep(end);
    const text = this.#decoder.decode(this.#rest);
    this.#rest = new Uint8Array(0);
    return text;
  }

  #line(line: string) {
    if (line === '') {
      if (this.#data.length > 0) {
        this.#onEvent({ id: this.#lastId, event: this.#event || 'message', data: this.#data.join('\n') });
      }
      this.#event = '';
      this.#data = [];
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#event = value;
    else if (field === 'id' && !value.includes('\0')) this.#lastId = value;
    else if (field === 'retry' && /^\d+$/.test(value)) this.#onRetry(Number(value));
  }
}
