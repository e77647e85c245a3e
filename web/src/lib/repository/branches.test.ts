import { describe, expect, it } from 'vitest';
import type { Run } from '$lib/api/client';
import { branchesOf, runsShown } from './branches';

const run = (number: number, branch: string | undefined, more: Partial<Run> = {}): Run => ({
  id: `run-${number}`,
  version: 1,
  number,
  pipeline: '.open-cicd.yml',
  name: 'checks',
  event: 'push',
  trust: 'trusted',
  triggered_by: 'ada',
  triggered_by_name: 'ada',
  state: 'succeeded',
  reason: null,
  warnings: false,
  round: 1,
  modified: false,
  created_at: '2026-11-01T10:00:00Z',
  started_at: '2026-11-01T10:00:00Z',
  finished_at: '2026-11-01T10:01:00Z',
  ...(branch === undefined ? {} : { branch }),
  ...more
});

describe('branchesOf', () => {
  it('puts the default branch first, and then the newest', () => {
    const list = [run(1, 'main'), run(3, 'old'), run(9, 'new'), run(2, 'main', { state: 'failed' })];
    const branches = branchesOf(list, 'main');
    expect(branches.map(({ name }) => name)).toEqual(['main', 'new', 'old']);
    expect(branches[0]).toMatchObject({ ended: 2, succeeded: 1, usualMs: 60_000, newest: { number: 2 } });
    expect(branches[0]?.runs.map(({ number }) => number)).toEqual([1, 2]);
  });
  it('knows neither tags, nor pull requests, nor what was skipped or edited', () => {
    const others = [
      run(1, undefined, { tag: 'v1' }),
      run(2, 'main', { change: 4 }),
      run(3, 'main', { state: 'skipped' }),
      run(4, 'main', { modified: true })
    ];
    expect(branchesOf(others, 'main')).toEqual([]);
  });
  it('keeps the newest runs of each', () => {
    const many = Array.from({ length: runsShown + 5 }, (_, i) => run(i + 1, 'main'));
    const [main] = branchesOf(many, 'main');
    expect(main?.runs).toHaveLength(runsShown);
    expect(main?.runs.at(-1)?.number).toBe(runsShown + 5);
  });
});
