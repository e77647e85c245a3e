// The jobs of a run, with those of one matrix together.
import type { RunJob } from '$lib/api/client';
import { statusOf, type Status } from '$lib/status';

export interface Group {
  /** The job of the pipeline file. */
  key: string;
  jobs: RunJob[];
  needs: string[];
  /** Of the one that needs a look the most. */
  status: Status;
  /** Jobs that have ended. */
  ended: number;
  bad: number;
}

/** `build (linux-amd64)` is one of the jobs of `build`. */
export const groupKey = (jobKey: string): string => {
  const bracket = jobKey.indexOf(' (');
  return bracket < 0 || !jobKey.endsWith(')') ? jobKey : jobKey.slice(0, bracket);
};

/** What tells a job from the others of its group: `linux-amd64`. */
export const memberName = (job: RunJob): string => {
  const group = groupKey(job.key);
  if (group === job.key) return job.name;
  return job.name.startsWith(`${group} (`) ? job.key.slice(group.length + 2, -1) : job.name;
};

export function groupsOf(jobs: readonly RunJob[]): Group[] {
  const groups = new Map<string, RunJob[]>();
  for (const job of jobs) {
    const key = groupKey(job.key);
    const known = groups.get(key);
    if (known) known.push(job);
    else groups.set(key, [job]);
  }
  return [...groups].map(([key, members]) => groupOf(key, members));
}

function groupOf(key: string, jobs: RunJob[]): Group {
  const statuses = jobs.map(statusOf);
  const status = statuses.reduce((worst, one) => (one.rank < worst.rank ? one : worst));
  return {
    key,
    jobs,
    needs: [...new Set(jobs.flatMap((job) => job.needs))],
    status,
    ended: statuses.filter((one) => one.ended).length,
    bad: statuses.filter((one) => one.bad).length
  };
}

/** "Passed", "Failed 2 of 12", "Running 7/12". */
export function groupLabel({ status, jobs, ended, bad }: Group): string {
  if (jobs.length === 1) return status.label;
  if (status.bad)
    return bad === jobs.length ? `${status.label}, all ${bad}` : `${status.label} ${bad} of ${jobs.length}`;
  if (status.ended) {
    const same = jobs.filter((job) => statusOf(job).shape === status.shape).length;
    return same === jobs.length && status.shape !== 'passed' ? status.label : `${status.label} ${same}/${jobs.length}`;
  }
  return `${status.label} ${ended}/${jobs.length}`;
}

/** How long a job ran, or runs until now, in ms. */
export function ranFor(job: RunJob, now: number): number | undefined {
  if (!job.started_at) return undefined;
  return Math.max(0, (job.finished_at ? Date.parse(job.finished_at) : now) - Date.parse(job.started_at));
}

/** The longest of the group. */
export function groupRanFor({ jobs }: Group, now: number): number | undefined {
  const lengths = jobs.map((job) => ranFor(job, now)).filter((length) => length !== undefined);
  return lengths.length ? Math.max(...lengths) : undefined;
}

export interface Tally {
  status: Status;
  count: number;
}

/** How many are in which state, the most pressing first. */
export function tally(jobs: readonly RunJob[]): Tally[] {
  const counts = new Map<string, Tally>();
  for (const job of jobs) {
    const status = statusOf(job);
    const known = counts.get(status.shape);
    if (known) known.count++;
    else counts.set(status.shape, { status, count: 1 });
  }
  return [...counts.values()].sort((a, b) => a.status.rank - b.status.rank);
}

/** When the first job of a round began and when its last one ended, in unix ms; jobs that it did not repeat are of another one. */
export function roundTimes(jobs: readonly RunJob[], round: number): { started?: number; finished?: number } {
  const own = jobs.filter((job) => job.round === round);
  const times = (pick: (job: RunJob) => string | undefined) =>
    own.flatMap((job) => pick(job) ?? []).map((at) => Date.parse(at));
  const [started, finished] = [times((job) => job.started_at), times((job) => job.finished_at)];
  return {
    ...(started.length ? { started: Math.min(...started) } : {}),
    ...(finished.length ? { finished: Math.max(...finished) } : {})
  };
}
