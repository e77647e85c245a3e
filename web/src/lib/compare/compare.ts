// Two rounds of a run, or two runs of a pipeline, beside each other: which jobs stand elsewhere than before. Pure.
import type { Run, RunJob } from '$lib/api/client';
import { ranFor } from '$lib/run/groups';
import { statusOf } from '$lib/status';

/** What a job is compared with: a round of the same run, another run, or the last one of its pipeline that was green. */
export type Against = { kind: 'green' } | { kind: 'round'; round: number } | { kind: 'run'; id: string };

export interface Asked {
  /** The round of the run itself; without it, the newest. */
  round?: number;
  against: Against;
}

const wholeNumber = /^[1-9][0-9]{0,5}$/;

/** Of `?round=2&against=1`; the other run is `green`, a number of a round, or an id. */
export function askedOf(query: URLSearchParams): Asked {
  const round = query.get('round') ?? '';
  const against = query.get('against') ?? 'green';
  return {
    ...(wholeNumber.test(round) ? { round: Number(round) } : {}),
    against:
      against === 'green'
        ? { kind: 'green' }
        : wholeNumber.test(against)
          ? { kind: 'round', round: Number(against) }
          : { kind: 'run', id: against }
  };
}

export function queryOf({ round, against }: Asked): string {
  const query = new URLSearchParams();
  if (round !== undefined) query.set('round', String(round));
  query.set(
    'against',
    against.kind === 'round' ? String(against.round) : against.kind === 'run' ? against.id : 'green'
  );
  return `?${query.toString()}`;
}

/** The last run of the same pipeline before this one that succeeded: of its branch or change, or else of the default branch. `runs` are newest first. */
export function lastGreen(runs: readonly Run[], run: Run, defaultBranch: string): Run | undefined {
  const green = runs.filter(
    (other) =>
      other.state === 'succeeded' &&
      other.number < run.number &&
      other.repository_id === run.repository_id &&
      other.pipeline === run.pipeline &&
      (run.repository_id !== undefined || other.name === run.name)
  );
  const same = (other: Run) =>
    run.change === undefined ? other.branch === run.branch && other.tag === run.tag : other.change === run.change;
  return green.find(same) ?? green.find((other) => other.change === undefined && other.branch === defaultBranch);
}

export type Difference = 'state' | 'new' | 'gone' | 'duration' | 'same';

export interface ComparedJob {
  key: string;
  name: string;
  before?: RunJob;
  after?: RunJob;
  difference: Difference;
  /** It was not repeated: both rounds show the very same job. */
  kept: boolean;
  /** How much longer it ran, in ms; undefined where one of them did not run to its end. */
  longerMs?: number;
}

/** Shorter differences are what a machine does by itself. */
const noticedMs = 1000;
const noticedShare = 0.2;

const order: Record<Difference, number> = { state: 0, new: 1, gone: 2, duration: 3, same: 4 };

/** What changed first: states, the bad ones at their head; then jobs that only one of both has; then durations, the largest first; of the rest what still fails. */
export function compareJobs(before: readonly RunJob[], after: readonly RunJob[]): ComparedJob[] {
  const old = new Map(before.map((job) => [job.key, job]));
  const known = new Set(after.map((job) => job.key));
  const compared = [
    ...after.map((job) => compareJob(old.get(job.key), job)),
    ...before.filter((job) => !known.has(job.key)).map((job) => compareJob(job, undefined))
  ];
  const within = (a: ComparedJob, b: ComparedJob): number => {
    if (a.difference === 'duration') return Math.abs(b.longerMs ?? 0) - Math.abs(a.longerMs ?? 0);
    if (a.difference === 'state') return statusOf((a.after ?? a.before)!).rank - statusOf((b.after ?? b.before)!).rank;
    return Number(isBad(b)) - Number(isBad(a));
  };
  return compared
    .map((job, place) => ({ job, place }))
    .sort((a, b) => order[a.job.difference] - order[b.job.difference] || within(a.job, b.job) || a.place - b.place)
    .map(({ job }) => job);
}

/** It ended red, now or where it is gone. */
export const isBad = (job: ComparedJob): boolean => statusOf((job.after ?? job.before)!).bad;

function compareJob(before: RunJob | undefined, after: RunJob | undefined): ComparedJob {
  const one = (after ?? before)!;
  const compared: ComparedJob = {
    key: one.key,
    name: one.name,
    ...(before ? { before } : {}),
    ...(after ? { after } : {}),
    difference: 'same',
    kept: before !== undefined && before.id === after?.id
  };
  if (!before || !after) return { ...compared, difference: after ? 'new' : 'gone' };
  const [was, is] = [ended(before), ended(after)];
  if (was !== undefined && is !== undefined) compared.longerMs = is - was;
  if (statusOf(before).shape !== statusOf(after).shape) compared.difference = 'state';
  else if (was !== undefined && is !== undefined && Math.abs(is - was) >= Math.max(noticedMs, was * noticedShare))
    compared.difference = 'duration';
  return compared;
}

const ended = (job: RunJob) => (job.finished_at ? ranFor(job, 0) : undefined);

export interface ChangedInput {
  name: string;
  before?: string;
  after?: string;
}

/** The inputs of two plans that differ, as texts. */
export function compareInputs(before: Record<string, unknown>, after: Record<string, unknown>): ChangedInput[] {
  const said = (value: unknown) =>
    value === undefined || value === null ? undefined : typeof value === 'string' ? value : JSON.stringify(value);
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) => {
    const [was, is] = [said(before[name]), said(after[name])];
    if (was === is) return [];
    return [{ name, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) }];
  });
}
