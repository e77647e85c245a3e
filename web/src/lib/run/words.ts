// Words for what the API says of a run.
import type { Run } from '$lib/api/client';
import type { IconName } from '$lib/ui/Icon.svelte';
import { shortSha } from '$lib/format';

const events: Record<string, string> = {
  push: 'pushed',
  pull_request: 'pull request',
  tag: 'tag',
  schedule: 'scheduled',
  manual: 'run by hand',
  api: 'by the API'
};

export const eventWords = (run: Run): string => events[run.event] ?? run.event.replaceAll('_', ' ');

export const isBot = (run: Run): boolean => run.event === 'schedule';

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-/;

/** The author of the commit, or who asked for the run: by a token there is no name but the token's id, which tells nobody anything. */
export function whoOf(run: Run): string {
  if (run.author) return run.author;
  if (run.event === 'schedule') return 'schedule';
  return ID.test(run.triggered_by) ? 'a token' : run.triggered_by;
}

export function refIcon(run: Run): IconName {
  if (run.trust === 'fork') return 'fork';
  switch (run.event) {
    case 'pull_request':
      return 'pull';
    case 'schedule':
      return 'cal';
    default:
      return run.tag ? 'tag' : 'branch';
  }
}

/** The first line of the commit, or else the pipeline's name. */
export const titleOf = (run: Run): string => run.title || run.name || run.pipeline || `Run ${run.number}`;

export const repositoryName = (run: Run): string => run.repository ?? 'Without a repository';
export const shortRepository = (run: Run): string => {
  const name = run.repository ?? '';
  return name.slice(name.lastIndexOf('/') + 1);
};

/** "tools 812", for lists over several repositories. */
export const runRef = (run: Run): string => `${run.repository ? `${shortRepository(run)} · ` : ''}${run.number}`;
export const commitOf = (run: Run): string => (run.sha ? shortSha(run.sha) : '');
