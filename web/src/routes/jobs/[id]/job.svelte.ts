// One job and the run that it belongs to, kept up to date.
import { api, ask, type Job, type Run, type Schemas } from '$lib/api/client';
import { Resource } from '$lib/live/resource.svelte';
import { stream } from '$lib/live/stream.svelte';
import { statusOf } from '$lib/status';

export type Attempt = Schemas['AttemptView'];
export type RunJob = Schemas['RunJobView'];

export class JobModel {
  readonly job: Resource<Job>;
  readonly run: Resource<Run>;
  /** The first attempt that was seen here. One that begins later does not take away what is being read. */
  opened = $state(0);
  #unfollow: (() => void) | undefined;
  #followed: string | undefined;

  constructor(readonly id: string) {
    this.job = new Resource(async (signal) => {
      const job = await ask(api.GET('/api/v1/jobs/{id}', { params: { path: { id } }, signal }));
      if (job.run_id !== undefined) this.#follow(job.run_id);
      if (this.opened === 0) this.opened = job.attempt;
      return job;
    });
    this.run = new Resource((signal) => {
      // It is read while the job's own answer is still on its way to `data`.
      const run = this.#followed ?? '';
      return ask(api.GET('/api/v1/runs/{id}', { params: { path: { id: run } }, signal }));
    });
    void this.job.load();
  }

  /** What changes of a job is told in its run's topic. */
  #follow(run: string) {
    if (this.#followed === run) return;
    this.#followed = run;
    this.#unfollow = stream.follow([`run:${run}`], {
      read: () => this.read(),
      changed: (change) => {
        if (change.kind === 'job' && change.id === this.id) void this.job.load();
        else if (change.kind === 'run' || change.from === 0) void this.run.load();
      }
    });
    void this.run.load();
  }

  read() {
    void this.job.load();
    if (this.#followed !== undefined) void this.run.load();
  }

  close() {
    this.#unfollow?.();
    this.job.stop();
    this.run.stop();
  }

  /** The run's jobs that failed, newest round only, in the run's order. */
  get failed(): RunJob[] {
    const jobs = this.run.data?.jobs ?? [];
    const newest = new Map<string, RunJob>();
    for (const job of jobs) if ((newest.get(job.key)?.round ?? -1) < job.round) newest.set(job.key, job);
    return [...newest.values()].filter((job) => statusOf(job).bad && statusOf(job).ended);
  }
}

/** Runs this job again and answers with the id of the job that does it. */
export async function rerun(job: Job): Promise<string> {
  const run = job.run_id ?? '';
  const key = job.key ?? '';
  await ask(api.POST('/api/v1/runs/{id}/rerun', { params: { path: { id: run } }, body: { jobs: [key] } }));
  const again = await ask(api.GET('/api/v1/runs/{id}', { params: { path: { id: run } } }));
  const newest = (again.jobs ?? []).filter((other) => other.key === key).sort((a, b) => b.round - a.round)[0];
  return newest?.id ?? job.id;
}

export const cancelRun = (run: string): Promise<unknown> =>
  ask(api.POST('/api/v1/runs/{id}/cancel', { params: { path: { id: run } } }));

/** Of a job that belongs to no run. */
export const cancelJob = (id: string): Promise<unknown> =>
  ask(api.PUT('/api/v1/jobs/{id}/status', { params: { path: { id } }, body: { status: 'cancelled' } }));

/** "integration (postgres:17, arm64)" is a job of a matrix: its name, and which one it is. */
export function nameParts(name: string): [string, string] {
  const match = /^(.+?) \((.+)\)$/.exec(name);
  return match === null ? [name, ''] : [match[1]!, match[2]!];
}
