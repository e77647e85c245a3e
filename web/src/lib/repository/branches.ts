// The branches of a repository by their runs.
import type { Run } from '$lib/api/client';
import { median } from '$lib/format';
import { lengthOf } from '$lib/live/world.svelte';

export const runsShown = 20;

export interface Branch {
  name: string;
  /** Its newest, the oldest first. */
  runs: Run[];
  newest: Run;
  /** Of those that succeeded or failed. */
  ended: number;
  succeeded: number;
  /** The usual length, in ms. */
  usualMs?: number;
}

/** The default branch first, then the one with the newest run. Pull requests run for the branch that they want to go into, and are not its runs; nor is what somebody edited. */
export function branchesOf(runs: readonly Run[], defaultBranch: string): Branch[] {
  const byName = new Map<string, Run[]>();
  for (const run of [...runs].sort((a, b) => b.number - a.number)) {
    if (run.branch === undefined || run.change !== undefined || run.state === 'skipped' || run.modified) continue;
    const known = byName.get(run.branch);
    if (!known) byName.set(run.branch, [run]);
    else if (known.length < runsShown) known.push(run);
  }
  return [...byName]
    .map(([name, own]) => branchOf(name, own))
    .sort(
      (a, b) => Number(b.name === defaultBranch) - Number(a.name === defaultBranch) || b.newest.number - a.newest.number
    );
}

function branchOf(name: string, newestFirst: Run[]): Branch {
  const succeeded = newestFirst.filter((run) => run.state === 'succeeded');
  const usualMs = median(succeeded.map(lengthOf).filter((length) => length !== undefined));
  return {
    name,
    runs: newestFirst.toReversed(),
    newest: newestFirst[0]!,
    ended: newestFirst.filter((run) => run.state === 'succeeded' || run.state === 'failed').length,
    succeeded: succeeded.length,
    ...(usualMs === undefined ? {} : { usualMs })
  };
}
