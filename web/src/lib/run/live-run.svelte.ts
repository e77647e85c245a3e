// One run with its jobs, as they are now.
import { api, ask, type Run, type RunJob, type Schemas } from '$lib/api/client';
import { Entities } from '$lib/live/entities.svelte';
import { Resource } from '$lib/live/resource.svelte';
import { stream } from '$lib/live/stream.svelte';
import { statusOf } from '$lib/status';
import type { Change } from '$lib/live/protocol';

/** Estimates are no part of a job's version: while it goes on they are asked for anew, but not more often than this. */
const estimatesEveryMs = 5000;

export class LiveRun {
  readonly #runs = new Entities<Run>((run) => run.version);
  readonly #jobs = new Entities<RunJob>((job) => job.version);
  /** In which order the pipeline has the jobs. */
  #order: string[] = $state.raw([]);
  #readAt = 0;
  /** The oldest first. */
  rounds: Schemas['RoundView'][] = $state.raw([]);

  readonly read = new Resource(async (signal) => {
    const run = await ask(api.GET('/api/v1/runs/{id}', { params: { path: { id: this.id } }, signal }));
    this.#readAt = Date.now();
    const { jobs = [], rounds = [], ...alone } = run;
    this.rounds = rounds;
    this.#runs.put(alone);
    for (const job of jobs) this.#jobs.put(job);
    this.#order = jobs.map((job) => job.key);
    return true;
  });

  constructor(readonly id: string) {}

  get run(): Run | undefined {
    return this.#runs.get(this.id);
  }

  /** The newest of each key: a re-run makes new ones. */
  readonly jobs: RunJob[] = $derived.by(() => {
    const newest = new Map<string, RunJob>();
    for (const job of this.#jobs.all()) {
      const known = newest.get(job.key);
      if (!known || known.round < job.round) newest.set(job.key, job);
    }
    const place = new Map(this.#order.map((key, i) => [key, i]));
    return [...newest.values()].sort((a, b) => (place.get(a.key) ?? Infinity) - (place.get(b.key) ?? Infinity));
  });

  /** Reads it and follows it until the function that is returned is called. */
  start(): () => void {
    void this.read.load();
    const leave = stream.follow([`run:${this.id}`, 'queue'], {
      read: () => {
        this.#runs.forgetVersions();
        this.#jobs.forgetVersions();
        void this.read.load();
      },
      changed: (change) => this.#changed(change)
    });
    return () => {
      leave();
      this.read.stop();
    };
  }

  #changed(change: Change) {
    if (change.topic === 'queue') {
      const goesOn = this.run && !statusOf(this.run).ended;
      if (goesOn && Date.now() - this.#readAt > estimatesEveryMs) void this.read.load();
      return;
    }
    const applied =
      change.kind === 'run' && change.id === this.id
        ? this.#runs.apply(change)
        : change.kind === 'job'
          ? this.#jobs.apply(change)
          : 'old';
    // Events tell that there is another round, and not what it is.
    if (applied === 'missed' || (this.run && this.run.round > this.rounds.length)) void this.read.load();
  }
}
