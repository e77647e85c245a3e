// Something that is read from the API and read again: its data stays while it is read anew and when that fails.
import { ApiError } from '$lib/api/client';

export class Resource<T> {
  data: T | undefined = $state.raw();
  error: ApiError | undefined = $state.raw();
  loading = $state(false);
  /** When the data came, in unix ms. */
  readAt: number | undefined = $state();
  readonly #read: (signal: AbortSignal) => Promise<T>;
  #running: AbortController | undefined;
  #again = false;

  constructor(read: (signal: AbortSignal) => Promise<T>) {
    this.#read = read;
  }

  /** Reads it. While it is being read it is read once more at the end, as what comes may be older than the call. */
  async load(): Promise<void> {
    if (this.#running) {
      this.#again = true;
      return;
    }
    const running = new AbortController();
    this.#running = running;
    this.loading = true;
    try {
      const data = await this.#read(running.signal);
      if (running.signal.aborted) return;
      this.data = data;
      this.error = undefined;
      this.readAt = Date.now();
    } catch (cause) {
      if (running.signal.aborted) return;
      if (!(cause instanceof ApiError)) throw cause;
      this.error = cause;
    } finally {
      if (!running.signal.aborted) {
        this.#running = undefined;
        this.loading = false;
      }
    }
    if (this.#again) {
      this.#again = false;
      await this.load();
    }
  }

  /** Nothing that is under way counts any more. */
  stop() {
    this.#running?.abort();
    this.#running = undefined;
    this.#again = false;
    this.loading = false;
  }
}
