import { describe, expect, it } from 'vitest';
import { Outline } from './outline';
import type { StepInfo } from './protocol';

const step = (number: number): StepInfo => ({
  step: number,
  name: `step ${number}`,
  state: 'succeeded',
  exitCode: 0,
  startedAt: null,
  durationMs: 1,
  background: false
});
function outlineOf(...lines: number[]): Outline {
  const outline = new Outline(36);
  for (const [i, count] of lines.entries()) {
    const made = outline.put(step(i));
    made.rows.resize(count);
    made.open = true;
  }
  outline.changed();
  return outline;
}
const shown = (outline: Outline, from = 0, to = 1e9): string[] =>
  [...outline.between(from, to)].map((item) => `${item.step.info.step}:${item.line}@${item.y}`);

describe('Outline', () => {
  it('puts heads and lines below each other', () => {
    const outline = outlineOf(2, 0, 1);
    expect(shown(outline)).toEqual(['0:0@0', '0:1@36', '0:2@56', '1:0@84', '2:0@120', '2:1@156']);
    expect(outline.height).toBe(184);
  });

  it('keeps the order of steps that come late', () => {
    const outline = outlineOf();
    for (const number of [1, -1, 0]) outline.put(step(number));
    expect(outline.steps.map((one) => one.info.step)).toEqual([-1, 0, 1]);
  });

  it('shows lines around each match, and those that come later too', () => {
    const outline = outlineOf(20);
    const lines = (): number[] => [...outline.between(0, 1e9)].map((item) => item.line).filter((line) => line > 0);
    outline.showOnly(new Map([[0, new Uint32Array([1, 9, 11])]]), 2);
    expect(lines()).toEqual([1, 2, 3, 7, 8, 9, 10, 11, 12, 13]);
    const only = outline.steps[0]!;
    expect(lines().filter((line) => outline.isAfterGap(only, line))).toEqual([7]);
    outline.showToo(0, new Uint32Array([20]));
    outline.measure({ step: 0, from: 21, total: 25, widths: new Uint16Array(5), flags: new Uint8Array(5) });
    expect(lines().slice(-5)).toEqual([18, 19, 20, 21, 22]);
    outline.showOnly(null);
    expect(lines()).toHaveLength(25);
    expect(outline.isAfterGap(only, 7)).toBe(false);
  });

  it('tells which line of what is on the screen is the first, below the heads of closed steps', () => {
    const outline = outlineOf(5, 0, 3);
    outline.steps[0]!.open = false;
    outline.changed();
    expect(outline.firstLine({ step: 0, line: 0 }, { step: 2, line: 3 })).toEqual({ step: 2, line: 1 });
    expect(outline.firstLine({ step: 2, line: 2 }, { step: 2, line: 3 })).toEqual({ step: 2, line: 2 });
    expect(outline.firstLine({ step: 0, line: 0 }, { step: 1, line: 0 })).toBeNull();
  });

  it('gives only what is between two heights', () => {
    const outline = outlineOf(1000);
    expect(shown(outline, 36 + 500 * 20, 36 + 502 * 20)).toEqual(['0:501@10036', '0:502@10056']);
    expect(outline.topOf({ step: 0, line: 501 })).toBe(10036);
  });

  it('hides what a folded group holds, and the line that ends it always', () => {
    const outline = outlineOf(10);
    const only = outline.steps[0]!;
    only.setGroups(0, [
      { first: 2, last: 8, title: 'outer' },
      { first: 4, last: 6, title: 'inner' }
    ]);
    outline.changed();
    const lines = (): number[] => [...outline.between(0, 1e9)].map((item) => item.line);
    expect(lines()).toEqual([0, 1, 2, 3, 4, 5, 7, 9, 10]);
    only.fold(4, true);
    only.fold(2, true);
    outline.changed();
    expect(lines()).toEqual([0, 1, 2, 9, 10]);
    only.fold(2, false);
    outline.changed();
    expect(lines()).toEqual([0, 1, 2, 3, 4, 7, 9, 10]);
    expect(only.reveal(5)).toBe(true);
    outline.changed();
    expect(lines()).toEqual([0, 1, 2, 3, 4, 5, 7, 9, 10]);
  });

  it('folds lines that come later into a group that is folded', () => {
    const outline = outlineOf(3);
    const only = outline.steps[0]!;
    only.setGroups(0, [{ first: 2, last: Infinity, title: 'open' }]);
    only.fold(2, true);
    outline.measure({ step: 0, from: 4, total: 6, widths: new Uint16Array([1, 1, 1]), flags: new Uint8Array(3) });
    expect([...outline.between(0, 1e9)].map((item) => item.line)).toEqual([0, 1, 2]);
  });

  it('shows only what a filter lets through, also of lines that come later', () => {
    const outline = outlineOf(5, 5);
    outline.showOnly(new Map([[1, new Uint32Array([2, 4])]]));
    expect(shown(outline)).toEqual(['0:0@0', '1:0@36', '1:2@72', '1:4@92']);
    outline.measure({ step: 1, from: 6, total: 7, widths: new Uint16Array([1, 1]), flags: new Uint8Array(2) });
    outline.showToo(1, new Uint32Array([7]));
    expect(shown(outline).at(-1)).toBe('1:7@112');
    outline.showOnly(null);
    expect(shown(outline)).toHaveLength(2 + 5 + 7);
  });

  it('finds the neighbour of a line over folds and steps', () => {
    const outline = outlineOf(3, 3, 3);
    outline.steps[1]!.open = false;
    outline.steps[2]!.rows.hide(0, 2, 0x40, true);
    outline.changed();
    expect(outline.neighbour({ step: 0, line: 3 }, 1)).toEqual({ step: 2, line: 3 });
    expect(outline.neighbour({ step: 2, line: 3 }, -1)).toEqual({ step: 0, line: 3 });
    expect(outline.neighbour({ step: 2, line: 3 }, 1)).toEqual({ step: 2, line: 3 });
    expect(outline.neighbour({ step: 0, line: 1 }, -1)).toEqual({ step: 0, line: 1 });
  });

  it('moves what is below when a long line wraps', () => {
    const outline = outlineOf(2);
    outline.measure({ step: 0, from: 1, total: 2, widths: new Uint16Array([250, 10]), flags: new Uint8Array(2) });
    outline.wrapAt(100);
    expect(shown(outline)).toEqual(['0:0@0', '0:1@36', '0:2@96']);
  });
});
