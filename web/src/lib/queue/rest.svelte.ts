// What waits behind the first page of the queue, which alone is told of by events.
import { api, ask, type QueuedJob } from '$lib/api/client';
import { Resource } from '$lib/live/resource.svelte';

const pageSize = 1000;
/** More is not read: nobody looks through it. */
const jobsMax = 5000;

export const wholeQueue = () =>
  new Resource<{ jobs: QueuedJob[]; more: boolean }>(async (signal) => {
    const jobs: QueuedJob[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) };
      const answer = await ask(api.GET('/api/v1/queue', { params: { query }, signal }));
      jobs.push(...answer.jobs);
      cursor = typeof answer.next_cursor === 'string' ? answer.next_cursor : undefined;
    } while (cursor !== undefined && jobs.length < jobsMax);
    return { jobs, more: cursor !== undefined };
  });
