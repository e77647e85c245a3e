// What the server says of the file as it is written: its errors, and what an event would make of it.
import { api, ApiError, ask } from '$lib/api/client';
import type { Finding, Plan } from './plan';

export type EventName = 'push' | 'pull_request' | 'tag' | 'schedule' | 'manual';
export interface Event {
  /** undefined: somebody asks for a run, and no filter applies. */
  name: EventName | undefined;
  branch: string;
  tag: string;
  changed: string[];
  /** As texts. */
  inputs?: Record<string, string>;
}

/** Between the last key and the question to the server. */
const restMs = 300;

const yaml = (text: string) => ({
  body: text,
  bodySerializer: (body: unknown) => body as string,
  headers: { 'content-type': 'application/yaml' }
});

/** By the field of an answer: the parameter of the query that gives it. */
const namedBy = (query: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.keys(query)
      .filter((name) => name.startsWith('input.'))
      .map((name) => [`inputs.${name.slice('input.'.length)}`, name])
  );

export class Checked {
  errors: Finding[] = $state.raw([]);
  warnings: Finding[] = $state.raw([]);
  plan: Plan | undefined = $state.raw();
  /** The plan is of an older text, as this one has errors. */
  stale = $state(false);
  error: ApiError | undefined = $state.raw();
  /** What is wrong with an input, by its field. The plan is then of the file's own values in their place. */
  inputErrors: Record<string, string> = $state.raw({});
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

  /** An input that the file does not take, or does not know any more, is left out. */
  async #plan(text: string, query: Record<string, unknown>, signal: AbortSignal): Promise<Plan> {
    const planFor = (asked: Record<string, unknown>) =>
      ask(api.POST('/api/v1/plan', { ...yaml(text), params: { query: asked }, signal }));
    this.inputErrors = {};
    try {
      return await planFor(query);
    } catch (cause) {
      const named = namedBy(query);
      const wrong = cause instanceof ApiError ? (cause.fields ?? []).filter(({ field }) => named[field]) : [];
      if (wrong.length === 0) throw cause;
      this.inputErrors = Object.fromEntries(wrong.map(({ field, message }) => [field, message]));
      const left = Object.entries(query).filter(([name]) => !wrong.some(({ field }) => named[field] === name));
      return await planFor(Object.fromEntries(left));
    }
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
      const { name, branch, tag, changed, inputs = {} } = event;
      const known = Object.fromEntries(Object.entries(inputs).map(([input, value]) => [`input.${input}`, value]));
      const query = {
        ...known,
        ...(name ? { event: name } : {}),
        ...(name !== 'tag' && branch ? { branch } : {}),
        ...(name === 'tag' && tag ? { tag } : {}),
        ...((name === 'push' || name === 'pull_request') && changed.length > 0 ? { changed } : {})
      };
      const plan = await this.#plan(text, query, signal);
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
