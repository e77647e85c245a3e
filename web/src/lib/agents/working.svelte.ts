// Which jobs the agents work on, by their ids. They are read together when an agent has one that is not known yet.
import { api, ask, type Job } from '$lib/api/client';
import { Resource } from '$lib/live/resource.svelte';

/** Of each state; an agent whose job is not among them shows that it is busy, without its name. */
const jobsRead = 200;

export const workingJobs = () =>
  new Resource<ReadonlyMap<string, Job>>(async (signal) => {
    const answers = await Promise.all(
      (['running', 'assigned', 'cancelling'] as const).map((state) =>
        ask(api.GET('/api/v1/jobs', { params: { query: { state, limit: jobsRead } }, signal }))
      )
    );
    return new Map(answers.flatMap((answer) => answer.jobs).map((job) => [job.id, job]));
  });
