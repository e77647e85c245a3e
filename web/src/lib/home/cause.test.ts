import { describe, expect, it } from 'vitest';
import type { Failure } from '$lib/run/analysis';
import { logOf } from '$lib/run/failure';
import { verdictWords, worst } from './cause';

const failure = (name: string, kind: string, more: Partial<Failure> = {}): Failure => ({
  ...{ job_id: name, key: name, name, state: 'failed', excerpt: [], allowed: false, verdict: { kind } },
  ...more
});
const run = (number: number) => ({ id: `run-${number}`, number });

describe('the cause of a red run', () => {
  it('is the failure that the run brought, and never one that was allowed', () => {
    const failures = [
      failure('lint', 'new', { allowed: true }),
      failure('old', 'known'),
      failure('test', 'new'),
      failure('shaky', 'flaky')
    ];
    expect(worst(failures)?.name).toBe('test');
    expect(worst(failures.slice(0, 2))?.name).toBe('old');
    expect(worst([])).toBeUndefined();
  });
  it('says what is known of it, with the run', () => {
    expect(verdictWords(failure('a', 'new', { verdict: { kind: 'new', since_run: run(4) } }))).toBe('new since run 4');
    expect(verdictWords(failure('a', 'known', { verdict: { kind: 'known', first_failed: run(3) } }))).toBe(
      'known since run 3'
    );
    expect(verdictWords(failure('a', 'flaky'))).toMatch(/^flaky/);
    expect(verdictWords(failure('a', 'unknown'))).toBe('');
  });
  it('leads to the line of the log, or to the job where there is none', () => {
    expect(logOf(failure('j', 'new', { error_line: { step: 2, line: 118, text: 'FAILED' } }))).toBe('/jobs/j#s2L118');
    expect(logOf(failure('j', 'new'))).toBe('/jobs/j');
  });
});
