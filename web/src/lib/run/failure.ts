// What is said of a job that failed, on the card of its run and at home, apart from how it looks.
import { resolve } from '$app/paths';
import { took } from '$lib/format';
import { statusOf } from '$lib/status';
import type { Failure } from './analysis';

const rank: Record<string, number> = { new: 0, unknown: 1, flaky: 2, known: 3 };

/** Worth most first: those that were not allowed, and of them what the run itself brought. */
export const ranked = (failures: readonly Failure[]): Failure[] =>
  [...failures].sort(
    (a, b) => Number(a.allowed) - Number(b.allowed) || (rank[a.verdict.kind] ?? 1) - (rank[b.verdict.kind] ?? 1)
  );

/** Where its log says why; `line`: another one of the step. */
export const logOf = (
  { job_id, step, error_line }: Pick<Failure, 'job_id' | 'step' | 'error_line'>,
  line = error_line?.line
): string =>
  `${resolve('/jobs/[id]', { id: job_id })}${line !== undefined ? `#s${error_line?.step ?? step}L${line}` : ''}`;

/** An exit code is news of a job that failed by itself; one that was stopped has the code of the signal that ended it. */
export const exitText = (state: string, exitCode: number | undefined): string =>
  statusOf({ state }).shape === 'failed' && exitCode !== undefined && exitCode > 0 ? `exit ${exitCode}` : '';

/** "exit 2 after 0:12", "stopped at its time limit after 1 h 00", "Agent lost". `ranMs`: undefined when it did not start. */
export function endingText(state: string, exitCode: number | undefined, ranMs: number | undefined): string {
  const status = statusOf({ state });
  const ending = exitText(state, exitCode) || (status.shape === 'timeout' ? 'stopped at its time limit' : status.label);
  return ranMs === undefined ? ending : `${ending} after ${took(ranMs)}`;
}

export interface ExcerptLine {
  text: string;
  /** Of its step, from 1; undefined where nothing tells it. */
  line: number | undefined;
  bad: boolean;
}

/** The server gives so many lines before the error line, or fewer where the log has no more. */
const linesBefore = 2;

/** The excerpt with the number of each line. Where no line is known to be an error, the lines are the step's last ones. */
export function excerptLines({ excerpt, error_line: error }: Pick<Failure, 'excerpt' | 'error_line'>): ExcerptLine[] {
  const isError = (text: string | undefined) => error !== undefined && text?.trim() === error.text.trim();
  // The same text may stand above it once more, so the place where the server puts it comes first.
  const place = error ? Math.min(linesBefore, error.line - 1) : -1;
  const at = isError(excerpt[place]) ? place : excerpt.findIndex(isError);
  return excerpt.map((text, i) => ({
    text,
    line: error && at >= 0 ? error.line - at + i : undefined,
    bad: error !== undefined && i === at
  }));
}

/** What is said of the default branch beside the verdict; nothing where the verdict has said it by the same run. */
export function onDefaultBranch({ verdict }: Pick<Failure, 'verdict'>): 'fails' | 'green' | undefined {
  if (verdict.on_default_branch_since) return 'fails';
  const green = verdict.passed_on_default_branch;
  return green && !isGreenSince(verdict) ? 'green' : undefined;
}

/** It is new since a run of the default branch, so that one fact answers both questions. */
export const isGreenSince = ({ kind, since_run, passed_on_default_branch }: Failure['verdict']): boolean =>
  kind === 'new' && since_run !== undefined && since_run.id === passed_on_default_branch?.id;
