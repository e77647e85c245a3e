// Pages of the forge that a repository lives in. Only of those kinds whose addresses are known, and only of web addresses.
import type { Repository } from '$lib/api/client';

type Place = Pick<Repository, 'forge' | 'forge_url' | 'full_name'>;

const kinds: Record<string, { compare: string; change: string; commit: string } | undefined> = {
  github: { compare: 'compare', change: 'pull', commit: 'commit' },
  gitea: { compare: 'compare', change: 'pulls', commit: 'commit' },
  gitlab: { compare: '-/compare', change: '-/merge_requests', commit: '-/commit' }
};

function pageOf(repository: Place, name: 'compare' | 'change' | 'commit', last: string): string | undefined {
  const kind = kinds[repository.forge];
  if (!kind || !/^https?:\/\//.test(repository.forge_url)) return undefined;
  const path = repository.full_name.split('/').map(encodeURIComponent).join('/');
  return `${repository.forge_url}/${path}/${kind[name]}/${last}`;
}

const isSha = (text: string) => /^[0-9a-f]{7,64}$/.test(text);

/** What lies between two commits. */
export const comparePage = (repository: Place, before: string, after: string): string | undefined =>
  isSha(before) && isSha(after) ? pageOf(repository, 'compare', `${before}...${after}`) : undefined;
/** A pull or merge request. */
export const changePage = (repository: Place, change: number): string | undefined =>
  pageOf(repository, 'change', String(change));
export const commitPage = (repository: Place, sha: string): string | undefined =>
  isSha(sha) ? pageOf(repository, 'commit', sha) : undefined;
