// What the server says of the file as it is written: its errors, and what an event would make of it.
import { api, ApiError, ask } from '$lib/api/client';
import type { Finding, Plan } from './plan';

export type EventName = 'push' | 'pull_request' | 'tag' | 'schedule' | 'manual';
export interface Event {
  name: EventName;
  branch: string;
  tag: string;
  changed: string[];
}

/** Between the last key and the question to the server. */
const restMs = 300;

const yaml = (text: string) => ({
  body: text,
  bodySerializer: (body: unknown) => body as string,
  headers: { 'content-type': 'application/yaml' }
});

export class Checked {
  errors: Finding[] = $state.raw([]);
  warnings: Finding[] = $state.raw([]);
  plan: Plan | undefined = $state.raw();
  /** The plan is of an older text, as this one has errors. */
  stale = $state(false);
  error: ApiError | undefined = $state.raw();
  /** How long the server took, in ms. */
  took: number | undefined = $state();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: AbortController | undefined;

  /** Asks when nothing was written for a moment; `now` asks at once. */
  check(text: string, event: Event, now = false) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(text, event), now ? 0 : restMs);
  }
  stop() {
    clearTimeout(this.#timer);
    this.#running?.abort();
  }

  async #ask(text: string, event: Event) {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    const { signal } = running;
    const began = performance.now();
    try {
      const verdict = await ask(api.POST('/api/v1/lint', { ...yaml(text), signal }));
      if (signal.aborted) return;
      this.took = performance.now() - began;
      this.errors = verdict.errors;
      this.warnings = verdict.warnings;
      this.stale = !verdict.valid;
      this.error = undefined;
      if (!verdict.valid) return;
      const { name, branch, tag, changed } = event;
      const query = {
        event: name,
        ...(name !== 'tag' && branch ? { branch } : {}),
        ...(name === 'tag' && tag ? { tag } : {}),
        ...((name === 'push' || name === 'pull_request') && changed.length > 0 ? { changed } : {})
      };
      const plan = await ask(api.POST('/api/v1/plan', { ...yaml(text), params: { query }, signal }));
      if (!signal.aborted) this.plan = plan;
    } catch (cause) {
      if (signal.aborted) return;
      if (!(cause instanceof ApiError)) throw cause;
      // What a plan alone can see, as an input without a value, has a place in the file too.
      const placed = (cause.fields ?? []).filter((field) => field.line !== undefined);
      if (cause.status === 422 && placed.length > 0) {
        this.errors = placed.map(({ message, line, column }) => ({
          path: '',
          line: line ?? 1,
          column: column ?? 1,
          message,
          hint: ''
        }));
        this.stale = true;
      } else this.error = cause;
    }
  }
}
