// The critical path: the jobs and waits of which each moment more would have made the run a moment longer.
import type { RunJob } from '$lib/api/client';
import { groupKey } from './groups';

export interface PathPart {
  job: RunJob;
  waitedMs: number;
  ranMs: number;
}

/**
 * Waits that are shorter are the time of passing on, and no news: from 1 s, and in something that took less than 20 s from
 * a twentieth of it. Otherwise a short run would show what it waited as if it were work.
 */
export const waitShownFrom = (wholeMs: number): number => Math.max(1, Math.min(1000, wholeMs / 20));

export interface PathBar {
  job: RunJob;
  kind: 'wait' | 'ran';
  ms: number;
}

/** The path as bars in their order, each as long as its time. */
export function pathBars(path: readonly PathPart[]): PathBar[] {
  const shownFrom = waitShownFrom(path.reduce((sum, part) => sum + part.waitedMs + part.ranMs, 0));
  return path.flatMap(({ job, waitedMs, ranMs }): PathBar[] => [
    ...(waitedMs >= shownFrom ? [{ job, kind: 'wait' as const, ms: waitedMs }] : []),
    { job, kind: 'ran', ms: ranMs }
  ]);
}

const time = (at: string | undefined): number | undefined => (at === undefined ? undefined : Date.parse(at));

/** From the first job to the one that ended last; `now` stands for the end of what still runs. */
export function criticalPath(jobs: readonly RunJob[], now: number): PathPart[] {
  const ran = jobs.filter((job) => job.started_at !== undefined);
  const endOf = (job: RunJob) => time(job.finished_at) ?? now;
  let last = ran.reduce<RunJob | undefined>(
    (latest, job) => (!latest || endOf(job) > endOf(latest) ? job : latest),
    undefined
  );
  const path: PathPart[] = [];
  const seen = new Set<string>();
  while (last && !seen.has(last.id)) {
    seen.add(last.id);
    const started = time(last.started_at) ?? 0;
    const queued = time(last.queued_at) ?? started;
    path.unshift({ job: last, waitedMs: Math.max(0, started - queued), ranMs: Math.max(0, endOf(last) - started) });
    const needs: readonly string[] = last.needs;
    // A skipped need hands on at once: what it waited for stands behind it.
    const before: RunJob[] = ran.filter((job) => leadsTo(job, needs, jobs));
    last = before.reduce<RunJob | undefined>(
      (latest, job) => (!latest || endOf(job) > endOf(latest) ? job : latest),
      undefined
    );
  }
  return path;
}

function leadsTo(job: RunJob, needs: readonly string[], jobs: readonly RunJob[], depth = 0): boolean {
  if (needs.includes(groupKey(job.key))) return true;
  if (depth > 64) return false;
  return jobs
    .filter((other) => other.started_at === undefined && needs.includes(groupKey(other.key)))
    .some((skipped) => leadsTo(job, skipped.needs, jobs, depth + 1));
}

/** The groups of the path, and those that were skipped between two of them. */
export function alongPath(path: readonly PathPart[], jobs: readonly RunJob[]): ReadonlySet<string> {
  const along = new Set(path.map(({ job }) => groupKey(job.key)));
  const skipped = jobs.filter((job) => job.started_at === undefined);
  for (const [i, { job }] of path.entries()) {
    const before = path[i - 1];
    if (!before || job.needs.includes(groupKey(before.job.key))) continue;
    for (const between of skipped) {
      const reached = job.needs.includes(groupKey(between.key)) || leadsTo(between, job.needs, jobs);
      if (reached && leadsTo(before.job, between.needs, jobs)) along.add(groupKey(between.key));
    }
  }
  return along;
}
