// Whether a job of a run runs now. A run says only that one has started once; its agents say what they work at.
import { SvelteMap } from 'svelte/reactivity';
import { api, type RunJob } from '$lib/api/client';
import { world } from './world.svelte';

/** A job that an agent has: it goes on without anybody's help. */
export const jobGoesOn = (job: Pick<RunJob, 'state'>): boolean =>
  ['assigned', 'running', 'cancelling'].includes(job.state);

/** Which jobs a run has is read for at most so many runs. Of others their state is believed. */
const runsRead = 50;

/** The ids of the jobs of a round of a run; they stay the same as long as the round does. */
const jobsOf = new SvelteMap<string, ReadonlySet<string>>();
const asked = new Set<string>();

async function readJobs(id: string, key: string) {
  try {
    const { data } = await api.GET('/api/v1/runs/{id}', { params: { path: { id } } });
    if (data?.jobs) jobsOf.set(key, new Set(data.jobs.map((job) => job.id)));
    else asked.delete(key);
  } catch {
    // The server is away; it is asked again by the next look after its return.
    asked.delete(key);
  }
}

/** May be asked in a $derived: the answer follows the agents, and what has to be read for it is read then. */
export function runGoesOn(id: string): boolean {
  const run = world.runs.get(id);
  if (!run || (run.state !== 'running' && run.state !== 'cancelling')) return false;
  const key = `${id} ${run.round}`;
  const jobs = jobsOf.get(key);
  if (!jobs) {
    if (!asked.has(key) && asked.size < runsRead) {
      asked.add(key);
      void readJobs(id, key);
    }
    return true;
  }
  return world.agents.all().some(({ current_job: job }) => typeof job === 'string' && jobs.has(job));
}
