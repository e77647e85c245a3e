import { describe, expect, it } from 'vitest';
import { hashOf, holds, parseHash } from './permalink';

describe('permalinks', () => {
  it('name a line, or a range of lines', () => {
    for (const hash of ['#s2L118', '#s-1L4', '#s2L118-s2L130', '#s0L9-s3L1'])
      expect(hashOf(parseHash(hash)!)).toBe(hash);
  });

  it('put a range that was told backwards in order', () => {
    expect(hashOf(parseHash('#s2L130-s2L118')!)).toBe('#s2L118-s2L130');
  });

  it('are nothing when they are anything else', () => {
    for (const hash of [
      '',
      '#',
      '#L5',
      '#s1',
      '#s1L0',
      '#s-2L1',
      '#s1L1-',
      '#s1L1-L2',
      '#s1L1x',
      '#s1L99999999999',
      '#<b>'
    ]) {
      expect(parseHash(hash), hash).toBeNull();
    }
  });

  it('hold the lines between their ends', () => {
    const range = parseHash('#s1L5-s2L2')!;
    const inside = [
      [1, 5],
      [1, 900],
      [2, 1],
      [2, 2]
    ] as const;
    const outside = [
      [0, 7],
      [1, 4],
      [2, 3],
      [3, 1]
    ] as const;
    for (const [step, line] of inside) expect(holds(range, { step, line })).toBe(true);
    for (const [step, line] of outside) expect(holds(range, { step, line })).toBe(false);
  });
});
