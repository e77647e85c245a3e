import uFuzzy from '@leeoniya/ufuzzy';
import { describe, expect, it } from 'vitest';
import { find, haystackOf, shownMax, withoutQuery, type Item } from './items';

const run = (number: number, title: string): Item => ({
  id: `run-${number}`,
  kind: 'Run',
  label: title,
  note: `beacon-api ${number}`
});
const items: Item[] = [
  { id: 'queue', kind: 'Go to', label: 'Queue' },
  { id: 'متجر', kind: 'Repository', label: 'kelp/متجر-الويب' },
  ...Array.from({ length: 300 }, (_, i) => run(1000 - i, i === 188 ? 'Round half-even' : `Change ${i}`)),
  { id: 'late', kind: 'Agent', label: 'anvil-amd64-01' }
];
const haystack = haystackOf(items);
const fuzzy = new uFuzzy({
  unicode: true,
  interSplit: "[^\\p{L}\\d']+",
  intraSplit: '\\p{Ll}\\p{Lu}',
  intraBound: '\\p{L}\\d|\\d\\p{L}|\\p{Ll}\\p{Lu}',
  intraChars: "[\\p{L}\\d']",
  intraContr: "'\\p{L}{1,2}\\b"
});
const labels = (query: string) => find(fuzzy, items, haystack, query).map(({ label }) => label);

describe('the palette', () => {
  it('finds a run by its title and by its number with the repository, in any order', () => {
    expect(labels('half even')[0]).toBe('Round half-even');
    expect(labels('beacon 812')[0]).toBe('Round half-even');
    expect(labels('812 beacon')[0]).toBe('Round half-even');
  });
  it('finds names in any script', () => {
    expect(labels('متجر')[0]).toBe('kelp/متجر-الويب');
  });
  it('shows places and the newest runs before anything is asked for, and never more than can be looked at', () => {
    expect(withoutQuery(items).filter(({ kind }) => kind === 'Run')).toHaveLength(6);
    expect(find(fuzzy, items, haystack, 'change')).toHaveLength(shownMax);
  });
  it('says nothing rather than something else', () => {
    expect(labels('zzzzqq')).toEqual([]);
  });
});
