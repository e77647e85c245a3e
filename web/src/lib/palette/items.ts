// What the palette finds, and the order in which it shows it.
import type uFuzzy from '@leeoniya/ufuzzy';
import type { IconName } from '$lib/ui/Icon.svelte';
import { statusOfShape, type Shape } from '$lib/status';

export interface Item {
  id: string;
  /** What stands before names of the same kind. */
  kind: 'Go to' | 'Do' | 'Repository' | 'Run' | 'Agent' | 'Waiting job';
  label: string;
  /** Is searched too, and shown muted. */
  note?: string;
  key?: string;
  icon?: IconName;
  state?: { shape: Shape; label: string };
  /** Of a run: what it was made of. One push makes a run of each pipeline, all at the same moment. */
  commit?: string;
  href?: string;
  act?: () => void;
}

/** More would not be looked at, and each is an element of the page. */
export const shownMax = 50;
/** Of what is only found: without a query, the palette shows the newest. */
const recentRuns = 6;

export const haystackOf = (items: readonly Item[]): string[] =>
  items.map(({ label, note }) => (note ? `${label} ${note}` : label));

/** Without a query: places and acts, then what is newest. */
export function withoutQuery(items: readonly Item[]): Item[] {
  let runs = 0;
  return items
    .filter(
      ({ kind }) =>
        kind === 'Go to' || kind === 'Do' || kind === 'Repository' || (kind === 'Run' && runs++ < recentRuns)
    )
    .slice(0, shownMax);
}

/** Out of order, so "812 beacon" finds what "beacon 812" does. */
const outOfOrder = 1;

/** How well an entry fits: what uFuzzy sorts by before it looks at how long names are and at the alphabet. */
const fits = (info: uFuzzy.Info, i: number): string =>
  [info.chars[i], info.intraIns[i], info.terms[i]! + info.interLft2[i]! + info.interLft1[i]! / 2].join(' ');

/**
 * Entries that fit equally well, as they stand in `items`: places, repositories, then runs, newest first. Of the runs of
 * one commit, those that failed come first.
 */
function inUsefulOrder(items: readonly Item[], found: readonly number[]): number[] {
  const firstOf = new Map<string, number>();
  const sorted = [...found].sort((a, b) => a - b);
  for (const at of sorted) {
    const commit = items[at]?.commit;
    if (commit !== undefined && !firstOf.has(commit)) firstOf.set(commit, at);
  }
  const placeOf = (at: number) => firstOf.get(items[at]?.commit ?? '') ?? at;
  const good = (at: number) => {
    const state = items[at]?.state;
    return Number(!state || !statusOfShape(state.shape).bad);
  };
  return sorted.sort((a, b) => placeOf(a) - placeOf(b) || good(a) - good(b) || a - b);
}

export function find(fuzzy: uFuzzy, items: readonly Item[], haystack: string[], query: string): Item[] {
  const needle = query.trim();
  if (needle === '') return withoutQuery(items);
  const [found, info, order] = fuzzy.search(haystack, needle, outOfOrder);
  if (!found) return [];
  // More than it ranks: all count as equal.
  const ranks = new Map<string, number[]>();
  if (info && order)
    for (const i of order) {
      const rank = fits(info, i);
      const same = ranks.get(rank);
      if (same) same.push(info.idx[i]!);
      else ranks.set(rank, [info.idx[i]!]);
    }
  else ranks.set('', found);
  return [...ranks.values()]
    .flatMap((rank) => inUsefulOrder(items, rank))
    .slice(0, shownMax)
    .flatMap((at) => items[at] ?? []);
}
