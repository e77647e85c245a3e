import { describe, expect, it } from 'vitest';
import { differencesMax, diffLines, hunksOf, type DiffLine } from './diff';

const marks = { same: ' ', added: '+', removed: '-' };
const written = (lines: readonly DiffLine[]) => lines.map(({ kind, text }) => marks[kind] + text).join('\n');
const sides = (lines: readonly DiffLine[]) => ({
  before: lines.filter(({ kind }) => kind !== 'added').map(({ text }) => text),
  after: lines.filter(({ kind }) => kind !== 'removed').map(({ text }) => text)
});

describe('diffLines', () => {
  it('tells what was removed and what stands in its place', () => {
    expect(written(diffLines('a\nb\nc\n', 'a\nx\nc\n'))).toBe(' a\n-b\n+x\n c');
  });
  it('finds the shortest script of the paper', () => {
    const lines = diffLines('A\nB\nC\nA\nB\nB\nA', 'C\nB\nA\nB\nA\nC');
    expect(lines.filter(({ kind }) => kind !== 'same')).toHaveLength(5);
    expect(sides(lines)).toEqual({ before: [...'ABCABBA'], after: [...'CBABAC'] });
  });
  it('numbers the lines of both texts', () => {
    expect(diffLines('a\nb\nc\nd\n', 'b\nc\nx\nd\n')).toEqual([
      { kind: 'removed', text: 'a', before: 1 },
      { kind: 'same', text: 'b', before: 2, after: 1 },
      { kind: 'same', text: 'c', before: 3, after: 2 },
      { kind: 'added', text: 'x', after: 3 },
      { kind: 'same', text: 'd', before: 4, after: 4 }
    ]);
  });
  it('knows empty texts, and that a newline at the end is no line', () => {
    expect(diffLines('', '')).toEqual([]);
    expect(written(diffLines('', 'a\nb\n'))).toBe('+a\n+b');
    expect(written(diffLines('a\n\n', ''))).toBe('-a\n-');
    expect(written(diffLines('a', 'a\n'))).toBe(' a');
  });
  it('gives both texts back, whatever they are', () => {
    let seed = 7;
    const random = (most: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % most;
    for (let round = 0; round < 300; round++) {
      const text = () => Array.from({ length: random(12) }, () => 'abcd'[random(4)] ?? 'a');
      const [before, after] = [text(), text()];
      const lines = diffLines(before.join('\n'), after.join('\n'));
      expect(sides(lines)).toEqual({ before, after });
      for (const line of lines) {
        if (line.before !== undefined) expect(before[line.before - 1]).toBe(line.text);
        if (line.after !== undefined) expect(after[line.after - 1]).toBe(line.text);
      }
    }
  });
  it('replaces the one by the other where too much differs', () => {
    const text = (name: string) => Array.from({ length: differencesMax }, (_, i) => `${name}${i}`).join('\n');
    const lines = diffLines(`head\n${text('a')}\ntail`, `head\n${text('b')}\ntail`);
    expect(lines[0]?.kind).toBe('same');
    expect(lines.slice(1, differencesMax + 1).every(({ kind }) => kind === 'removed')).toBe(true);
    expect(lines.at(-1)).toMatchObject({ kind: 'same', text: 'tail' });
  });
});

describe('hunksOf', () => {
  const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `${from + i}`);
  it('has nothing to tell of texts that are the same', () => {
    expect(hunksOf(diffLines('a\nb', 'a\nb'))).toEqual([]);
  });
  it('shows a few lines around each place, and says how many it left out', () => {
    const before = numbers(1, 40).join('\n');
    const after = before.replace('10\n', 'ten\n').replace('30\n', 'thirty\n');
    const hunks = hunksOf(diffLines(before, after));
    expect(hunks.map(({ skipped }) => skipped)).toEqual([6, 13]);
    expect(written(hunks[0]?.lines ?? [])).toBe(' 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13');
  });
  it('joins places that are near each other', () => {
    expect(hunksOf(diffLines('a\n1\n2\n3\nb', 'x\n1\n2\n3\ny'))).toHaveLength(1);
  });
});
