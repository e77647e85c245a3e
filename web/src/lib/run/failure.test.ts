import { describe, expect, it, test } from 'vitest';
import type { Failure } from './analysis';
import { endingText, excerptLines, exitText, isGreenSince, onDefaultBranch } from './failure';

describe('how a job ended', () => {
  test.each([
    ['failed', 2, 12_000, 'exit 2 after 0:12'],
    ['failed', undefined, 40, 'Failed after < 0.1 s'],
    ['timed_out', 143, 3_600_000, 'stopped at its time limit after 1 h 00'],
    ['lost', 137, 5000, 'Agent lost after 5.0 s'],
    ['lost', undefined, undefined, 'Agent lost']
  ])('%s with the code %s', (state, code, ran, text) => expect(endingText(state, code, ran)).toBe(text));
  it('has an exit code only where the job failed by itself', () => {
    expect(exitText('failed', 2)).toBe('exit 2');
    expect(exitText('failed', 0)).toBe('');
    expect(exitText('timed_out', 143)).toBe('');
    expect(exitText('cancelled', 143)).toBe('');
  });
});

describe('the lines of an excerpt', () => {
  const error = (line: number, text = 'error: no') => ({ step: 0, line, text });
  const numbers = (excerpt: string[], line: number) =>
    excerptLines({ excerpt, error_line: error(line) }).map((one) => [one.line, one.bad]);

  it('are counted from the error line', () => {
    expect(numbers(['a', 'b', 'error: no', 'c'], 40)).toEqual([
      [38, false],
      [39, false],
      [40, true],
      [41, false]
    ]);
    expect(numbers(['error: no', 'c'], 1)[0]).toEqual([1, true]);
  });
  it('are counted right where the same text stands above it', () => {
    expect(numbers(['error: no', 'b', 'error: no'], 40)).toEqual([
      [38, false],
      [39, false],
      [40, true]
    ]);
  });
  it('have no numbers where none is known to be an error', () => {
    expect(excerptLines({ excerpt: ['a', 'b'] })).toEqual([
      { text: 'a', line: undefined, bad: false },
      { text: 'b', line: undefined, bad: false }
    ]);
  });
});

describe('the default branch', () => {
  const run = (number: number) => ({ id: `r${number}`, number });
  const failure = (verdict: Partial<Failure['verdict']>) => ({ verdict: { kind: 'new', ...verdict } });

  it('is not told of twice when the run before was its own', () => {
    const same = failure({ since_run: run(4), passed_on_default_branch: run(4) });
    expect(isGreenSince(same.verdict)).toBe(true);
    expect(onDefaultBranch(same)).toBeUndefined();
  });
  it('is told of when another run was green there, and when it fails too', () => {
    expect(onDefaultBranch(failure({ since_run: run(5), passed_on_default_branch: run(4) }))).toBe('green');
    expect(onDefaultBranch(failure({ kind: 'known', on_default_branch_since: run(3) }))).toBe('fails');
    expect(onDefaultBranch(failure({}))).toBeUndefined();
  });
});
