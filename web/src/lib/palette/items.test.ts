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
  it('shows runs that fit equally well newest first, and of one commit those that failed first', () => {
    const made = (id: string, commit: string, shape: 'passed' | 'failed', label = 'Round half-even'): Item => ({
      ...run(1, label),
      id,
      commit,
      state: { shape, label: shape }
    });
    const runs = [
      made('newest', 'c', 'passed', 'A change with a longer title of the beacon'),
      made('build', 'b', 'passed'),
      made('test', 'b', 'failed'),
      made('old', 'a', 'failed', 'Aaa')
    ];
    const ids = find(fuzzy, runs, haystackOf(runs), 'beacon').map(({ id }) => id);
    expect(ids).toEqual(['newest', 'test', 'build', 'old']);
  });
  it('shows what fits better before what is newer', () => {
    const runs = [run(3, 'Halfway'), run(2, 'Half a page')];
    expect(find(fuzzy, runs, haystackOf(runs), 'half').map(({ label }) => label)).toEqual(['Half a page', 'Halfway']);
  });
  it('says nothing rather than something else', () => {
    expect(labels('zzzzqq')).toEqual([]);
  });
});
