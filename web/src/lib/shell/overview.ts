// What the edges of the interface say in a word: of each repository, of the queue, of the agents.
import type { Agent, QueuedJob, Repository, Run } from '$lib/api/client';
import { runGoesOn } from '$lib/live/going.svelte';
import { codeOf, statusOf, statusOfShape, type Status } from '$lib/status';

/**
 * Runs that stand still because a job can never start as things are. As long as another job of it runs, a run is not
 * stuck. `goesOn` tells that of a run by its id.
 */
export const stuckRuns = (
  jobs: readonly QueuedJob[],
  goesOn: (run: string) => boolean = runGoesOn
): ReadonlySet<string> => {
  const waiting = jobs.filter((job) => codeOf(job.reason) === 'no_agent_fits').flatMap((job) => job.run_id ?? []);
  return new Set([...new Set(waiting)].filter((run) => !goesOn(run)));
};

/** The one rule of what a run is called, in every list and on its own page. */
export function statusOfRun(run: Run, stuck: ReadonlySet<string>): Status {
  const status = statusOf(run);
  return !status.ended && stuck.has(run.id) ? statusOfShape('never') : status;
}

export interface RepositoryState {
  status: Status;
  /** The run that it is the state of. */
  run: Run;
}

/** What needs a look first, then what goes on, then how its default branch stands. `runs` are its own, newest first. */
export function repositoryState(
  repository: Repository,
  runs: readonly Run[],
  stuck: ReadonlySet<string>
): RepositoryState | undefined {
  const active = runs
    .map((run) => ({ run, status: statusOfRun(run, stuck) }))
    .filter(({ status }) => !status.ended)
    .sort((a, b) => a.status.rank - b.status.rank)[0];
  if (active) return active;
  const ended = runs.filter((run) => run.state !== 'skipped');
  const newest = ended.find((run) => run.branch === repository.default_branch) ?? ended[0] ?? runs[0];
  return newest && { run: newest, status: statusOf(newest) };
}

export interface QueueState {
  waiting: number;
  stuck: number;
}
export const queueState = (jobs: readonly QueuedJob[]): QueueState => ({
  waiting: jobs.length,
  stuck: jobs.filter((job) => codeOf(job.reason) === 'no_agent_fits').length
});

export const offlineAgents = (agents: readonly Agent[]): number =>
  agents.filter((agent) => agent.state === 'offline').length;
