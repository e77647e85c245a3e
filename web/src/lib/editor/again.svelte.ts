// A run that is to be run again with another file or other inputs: what it ran with, and what is different now.
import { api, ApiError, ask, askPath, type Run } from '$lib/api/client';
import { inputOfValue, type Input, type Value, type Values } from '$lib/inputs/inputs';
import type { EventName } from './checked.svelte';
import type { Plan } from './plan';

const eventNames: readonly EventName[] = ['push', 'pull_request', 'tag', 'schedule', 'manual'];

export class Again {
  run: Run | undefined = $state.raw();
  /** The text of the round that is edited. */
  text = '';
  /** The inputs of that round. */
  before: Record<string, unknown> = $state.raw({});
  /** As the newest file of its branch or tag defines them, once they are known. */
  definitions: Input[] = $state.raw([]);
  /** Those that somebody gave since. */
  given: Values = $state({});
  /** By the fields of the server's answer. */
  errors: Record<string, string> = $state.raw({});

  constructor(
    readonly id: string,
    readonly round: number | undefined
  ) {}

  async read(): Promise<string> {
    const query = this.round === undefined ? {} : { round: this.round };
    const at = { params: { path: { id: this.id }, query } };
    const [run, text] = await Promise.all([
      ask(api.GET('/api/v1/runs/{id}', at)),
      askPath<string>(
        `/api/v1/runs/${encodeURIComponent(this.id)}/workflow${this.round === undefined ? '' : `?round=${this.round}`}`
      )
    ]);
    this.run = run;
    this.text = text;
    try {
      this.before = (await ask(api.GET('/api/v1/runs/{id}/plan', at))).inputs;
    } catch (cause) {
      // Its file could not be planned; that is why it is edited.
      if (!(cause instanceof ApiError)) throw cause;
    }
    void this.#readDefinitions(run);
    return text;
  }

  /** It is an extra: without it each input is a field for a text, a number or a yes, and the server says what is wrong. */
  async #readDefinitions({ repository_id: id, branch, tag, pipeline }: Run) {
    const ref = branch ?? tag;
    if (id === undefined || ref === undefined) return;
    try {
      const form = await ask(
        api.GET('/api/v1/repositories/{id}/run-form', { params: { path: { id }, query: { ref, pipeline } } })
      );
      this.definitions = form.inputs;
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
    }
  }

  /** What the plan is asked for; undefined: for whoever asks by the API. */
  get event(): EventName | undefined {
    return eventNames.find((name) => name === this.run?.event);
  }

  /** Of the plan of the text as it is now, where there is one: an edit may bring an input or take one away. */
  inputs(plan: Plan | undefined): Input[] {
    const values = plan ? plan.inputs : this.before;
    return Object.entries(values).map(([name, value]) => {
      const plain = inputOfValue(name, this.before[name] ?? value);
      const defined = this.definitions.find((one) => one.name === name);
      // Nobody is asked for what the run did without: it was not started by hand.
      return defined ? { ...defined, ...plain, type: defined.type, options: defined.options } : plain;
    });
  }

  set(name: string, value: Value) {
    this.given[name] = value;
    this.errors = Object.fromEntries(Object.entries(this.errors).filter(([field]) => field !== `inputs.${name}`));
  }

  changed(text: string): boolean {
    return text !== this.text || this.changedInputs().length > 0;
  }

  changedInputs(): [string, Value][] {
    return Object.entries(this.given).filter(([name, value]) => value !== this.before[name]);
  }

  /** Those of the round and what was given since, for a plan of the text. */
  allInputs(): Record<string, string> {
    const all = { ...this.before, ...this.given };
    return Object.fromEntries(
      Object.entries(all)
        .filter(([, value]) => value !== null && value !== undefined)
        .map(([name, value]) => [name, String(value)])
    );
  }

  /** Starts the next round. Error: ApiError; what is wrong with an input is in `errors` as well. */
  async start(text: string): Promise<void> {
    this.errors = {};
    try {
      await ask(
        api.POST('/api/v1/runs/{id}/rerun', {
          params: { path: { id: this.id } },
          body: { jobs: 'all', pipeline: text, inputs: Object.fromEntries(this.changedInputs()) }
        })
      );
    } catch (cause) {
      if (cause instanceof ApiError)
        this.errors = Object.fromEntries((cause.fields ?? []).map(({ field, message }) => [field, message]));
      throw cause;
    }
  }
}
