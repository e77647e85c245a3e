// What the server makes of a run that failed or took long: GET /api/v1/runs/{id}/analysis.
import { ApiError, askPath } from '$lib/api/client';

export interface RunMark {
  id: string;
  number: number;
  sha?: string;
}

export interface Verdict {
  kind: 'new' | 'known' | 'flaky' | 'unknown';
  /** The last run without this failure. */
  since_run?: RunMark;
  /** Since when it failed so without a gap: this run, or an earlier one. */
  first_failed?: RunMark;
  on_default_branch_since?: RunMark;
  passed_on_default_branch?: RunMark;
  /** Of a flaky one: with the same commit. */
  passed_in?: RunMark;
}

export interface Failure {
  job_id: string;
  key: string;
  name: string;
  step?: number;
  step_name?: string;
  exit_code?: number;
  error_line?: { step: number; line: number; text: string };
  excerpt?: string[];
  verdict: Verdict;
  /** Its failure is a warning. */
  allowed: boolean;
}

export interface Analysis {
  failures: Failure[];
  failures_total?: number;
  /** How long such a run takes; absent: there were too few. */
  usual_ms?: number;
  slower?: {
    usual_ms: number;
    actual_ms: number;
    /** Without usual_ms the job is new. */
    because: { key: string; kind: 'waited' | 'ran'; usual_ms?: number; actual_ms: number }[];
  };
}

/** undefined: this server makes none, or not of this run. */
export async function readAnalysis(run: string, signal: AbortSignal): Promise<Analysis | undefined> {
  try {
    return await askPath<Analysis>(`/api/v1/runs/${encodeURIComponent(run)}/analysis`, { signal });
  } catch (cause) {
    if (cause instanceof ApiError && cause.status === 404) return undefined;
    throw cause;
  }
}
