// What an agent took, newest first: its first page is read again when the agent changes, older ones on request.
import { SvelteMap } from 'svelte/reactivity';
import { api, ask, type Job, type Schemas } from '$lib/api/client';
import { Resource } from '$lib/live/resource.svelte';

type Attempt = Schemas['AttemptView'];

export interface Taken {
  job: Job;
  /** The newest one on this agent. */
  attempt: Attempt;
}

const pageSize = 30;

export class History {
  readonly #agent: string;
  readonly #jobs = new SvelteMap<string, Taken>();
  #cursor: string | undefined = $state();
  #opened = false;
  /** Older ones are being read. */
  more = $state(false);
  readonly read: Resource<true>;

  /** `agent` is its id. */
  constructor(agent: string) {
    this.#agent = agent;
    this.read = new Resource<true>(async (signal) => {
      const answer = await this.#page(undefined, signal);
      // Where the list goes on is known from the first reading: what has come since stands before that.
      if (!this.#opened) this.#cursor = answer.next;
      this.#opened = true;
      return true;
    });
  }

  get list(): Taken[] {
    return [...this.#jobs.values()].sort((a, b) =>
      a.attempt.claimed_at === b.attempt.claimed_at
        ? Number(a.job.id < b.job.id) - Number(a.job.id > b.job.id)
        : a.attempt.claimed_at < b.attempt.claimed_at
          ? 1
          : -1
    );
  }
  get hasOlder(): boolean {
    return this.#cursor !== undefined;
  }

  async older(): Promise<void> {
    if (this.#cursor === undefined || this.more) return;
    this.more = true;
    try {
      const answer = await this.#page(this.#cursor);
      this.#cursor = answer.next;
    } finally {
      this.more = false;
    }
  }

  async #page(cursor: string | undefined, signal?: AbortSignal): Promise<{ next: string | undefined }> {
    const query = { agent: this.#agent, limit: pageSize, ...(cursor === undefined ? {} : { cursor }) };
    const answer = await ask(api.GET('/api/v1/jobs', { params: { query }, signal }));
    for (const job of answer.jobs) {
      const attempt = job.attempts?.[0];
      if (attempt) this.#jobs.set(job.id, { job, attempt });
    }
    return { next: typeof answer.next_cursor === 'string' ? answer.next_cursor : undefined };
  }
}
