// Why a run is red, in one line: the job that failed, what is known of it, and what it said.
import { resolve } from '$app/paths';
import type { Failure } from '$lib/run/analysis';

const rank: Record<string, number> = { new: 0, unknown: 1, flaky: 2, known: 3 };

/** The failure that is worth most: one that was not allowed, and that the run itself brought. */
export const worst = (failures: readonly Failure[]): Failure | undefined =>
  [...failures].sort(
    (a, b) => Number(a.allowed) - Number(b.allowed) || (rank[a.verdict.kind] ?? 1) - (rank[b.verdict.kind] ?? 1)
  )[0];

/** "new since run 4", or nothing where there is no history. */
export function verdictWords({ verdict }: Failure): string {
  switch (verdict.kind) {
    case 'new':
      return verdict.since_run ? `new since run ${verdict.since_run.number}` : 'new';
    case 'known':
      return verdict.first_failed ? `known since run ${verdict.first_failed.number}` : 'known';
    case 'flaky':
      return 'flaky: the same commit passed';
    default:
      return '';
  }
}

/** Where its log says why. */
export const logOf = ({ job_id, error_line }: Failure): string =>
  `${resolve('/jobs/[id]', { id: job_id })}${error_line ? `#s${error_line.step}L${error_line.line}` : ''}`;
