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

/** The author of the commit, or who asked for the run where there is none. */
export function whoOf(run: Run): string {
  if (run.event === 'schedule') return 'schedule';
  return run.author || run.triggered_by_name;
}

/** Who asked for a run that was sent by hand, where that is not who whoOf() says. */
export const askerOf = (run: Run): string | undefined =>
  (run.event === 'manual' || run.event === 'api') && whoOf(run) !== run.triggered_by_name
    ? run.triggered_by_name
    : undefined;

/** What made the run: "pushed", "run by hand by nightly checks". */
export function whyOf(run: Run): string {
  const asker = askerOf(run);
  if (asker === undefined) return eventWords(run);
  return run.event === 'api' ? `sent by ${asker}` : `${eventWords(run)} by ${asker}`;
}

/** `me` asked for it, or made the commit. The name alone says little: several tokens may have the same. */
export const isMine = (run: Run, me: { id: string; name: string } | undefined): boolean =>
  me !== undefined && (run.author === me.name || (run.triggered_by === me.id && run.triggered_by_name === me.name));

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
