// Which runs can't go on as things are, for every part of the interface that says how a run stands.
import { untrack } from 'svelte';
import { workingJobs } from '$lib/agents/working.svelte';
import type { Job } from '$lib/api/client';
import { world } from '$lib/live/world.svelte';
import { runsAtWork, stuckRuns } from './overview';

const idOf = ({ id }: { id: string }) => id;

class Stuck {
  readonly #working = workingJobs();
  readonly #held = $derived(
    world.agents
      .all()
      .flatMap(({ current_job }) => (typeof current_job === 'string' ? current_job : []))
      .sort()
  );
  /** Of runs that have begun, only their other jobs say whether they go on. */
  readonly #unclear = $derived([...stuckRuns(world.queue.jobs)].some((id) => world.runs.get(id)?.state === 'running'));
  /** Changes only when the jobs of the agents do. */
  readonly #wanted = $derived(this.#unclear ? this.#held.join(' ') : '');

  /** Their ids. */
  readonly runs: ReadonlySet<string> = $derived.by(() => {
    const { data, error, loading } = this.#working;
    // Nothing is known yet: what has begun is said to be running rather than to stand still.
    if (!data && !error && this.#held.length > 0)
      return stuckRuns(world.queue.jobs, new Set(world.newest.filter((run) => run.state === 'running').map(idOf)));
    const known: ReadonlyMap<string, Job> = data ?? new Map<string, Job>();
    // While it is read anew, a run stays what it was.
    return stuckRuns(world.queue.jobs, runsAtWork(loading ? [...known.keys()] : this.#held, known));
  });

  /** For an $effect of the frame: reads what the agents work on whenever it has to be known. */
  follow() {
    const ids = this.#wanted === '' ? [] : this.#wanted.split(' ');
    untrack(() => {
      if (ids.some((id) => !this.#working.data?.has(id))) void this.#working.load();
    });
  }
}

export const stuck = new Stuck();
