// Why a run is red, in one line: the job that failed, what is known of it, and what it said.
import type { Failure } from '$lib/run/analysis';
import { ranked } from '$lib/run/failure';

/** The failure that is worth most. */
export const worst = (failures: readonly Failure[]): Failure | undefined => ranked(failures)[0];

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
