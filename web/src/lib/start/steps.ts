// How far a new server is on the way to its first green run. Everything comes from what the server says, so that one can
// leave and come back.
import type { Agent, Repository, Run } from '$lib/api/client';

export type Step = 'agent' | 'repository' | 'run';
export interface Progress {
  done: Record<Step, boolean>;
  /** The first that is not done; undefined: all are. */
  now: Step | undefined;
  agent: Agent | undefined;
  repository: Repository | undefined;
  /** The run to look at: one that passed, or else the newest. */
  run: Run | undefined;
}

export function progressOf(
  agents: readonly Agent[],
  repositories: readonly Repository[],
  runs: readonly Run[]
): Progress {
  const agent = agents.find(({ state }) => state !== 'offline');
  const repository = [...repositories].sort((a, b) => (a.created_at < b.created_at ? 1 : -1))[0];
  const passed = runs.find(({ state }) => state === 'succeeded');
  // A run may be sent by hand, without any repository.
  const done = { agent: agent !== undefined, repository: repository !== undefined, run: passed !== undefined };
  const now = (['agent', 'repository', 'run'] as const).find((step) => !done[step]);
  return { done, now, agent, repository, run: passed ?? runs[0] };
}

export type Forge = 'github' | 'gitlab' | 'gitea' | 'git';

/** What stands at an address, if its host says so. */
export function forgeOf(url: string): Forge | undefined {
  const host = /^(?:[a-z+]+:\/\/)?(?:[^@/\s]*@)?([^:/\s]+)/i.exec(url.trim())?.[1]?.toLowerCase();
  if (host === 'github.com') return 'github';
  if (host === 'gitlab.com') return 'gitlab';
  if (host === 'codeberg.org') return 'gitea';
  return undefined;
}
