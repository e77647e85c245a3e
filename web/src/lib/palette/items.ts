// What the palette finds, and the order in which it shows it.
import type uFuzzy from '@leeoniya/ufuzzy';
import type { IconName } from '$lib/ui/Icon.svelte';
import type { Shape } from '$lib/status';

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

export function find(fuzzy: uFuzzy, items: readonly Item[], haystack: string[], query: string): Item[] {
  const needle = query.trim();
  if (needle === '') return withoutQuery(items);
  const [found, info, order] = fuzzy.search(haystack, needle, outOfOrder);
  if (!found) return [];
  const best = info && order ? order.map((at) => info.idx[at]!) : found;
  return best.slice(0, shownMax).flatMap((at) => items[at] ?? []);
}
