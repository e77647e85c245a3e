import { describe, expect, it } from 'vitest';
import type { Run, RunJob } from '$lib/api/client';
import { askedOf, compareInputs, compareJobs, lastGreen, queryOf } from './compare';

const job = (key: string, state: string, seconds?: number, id = `${key}-${state}-${seconds}`): RunJob => ({
  id,
  version: 1,
  key,
  name: key,
  needs: [],
  round: 1,
  state,
  reason: null,
  warning: false,
  attempts: 1,
  created_at: '2026-11-01T10:00:00Z',
  ...(seconds === undefined
    ? {}
    : {
        started_at: '2026-11-01T10:00:00Z',
        finished_at: new Date(Date.parse('2026-11-01T10:00:00Z') + seconds * 1000).toISOString()
      })
});
const run = (number: number, more: Partial<Run> = {}): Run => ({
  id: `run-${number}`,
  version: 1,
  number,
  pipeline: '.open-cicd.yml',
  name: 'checks',
  event: 'push',
  branch: 'main',
  repository_id: 'r',
  repository: 'acme/tools',
  trust: 'trusted',
  triggered_by: 'ada',
  triggered_by_name: 'ada',
  state: 'succeeded',
  reason: null,
  warnings: false,
  round: 1,
  modified: false,
  created_at: '2026-11-01T10:00:00Z',
  ...more
});

describe('the address', () => {
  it('holds what is compared', () => {
    for (const asked of [
      { round: 2, against: { kind: 'round', round: 1 } },
      { against: { kind: 'green' } },
      { against: { kind: 'run', id: '0192f3a4-aaaa' } }
    ] as const)
      expect(askedOf(new URLSearchParams(queryOf(asked)))).toEqual(asked);
  });
  it('asks for the last green run where nothing is said, and leaves out what is no round', () => {
    expect(askedOf(new URLSearchParams('round=-1'))).toEqual({ against: { kind: 'green' } });
  });
});

describe('lastGreen', () => {
  const list = [
    run(9, { state: 'failed' }),
    run(8, { branch: 'topic' }),
    run(7, { pipeline: 'other.yml' }),
    run(6),
    run(5, { branch: 'topic', state: 'failed' }),
    run(4, { branch: 'topic' })
  ];
  it('is of the same branch before it', () => {
    expect(lastGreen(list, run(7, { branch: 'topic' }), 'main')?.number).toBe(4);
    expect(lastGreen(list, run(9, { branch: 'topic' }), 'main')?.number).toBe(8);
  });
  it('or of the default branch, where the branch has none', () => {
    expect(lastGreen(list, run(10, { branch: 'new' }), 'main')?.number).toBe(6);
  });
  it('is of the same change', () => {
    const changes = [run(3, { branch: undefined, change: 5 }), run(2, { branch: undefined, change: 4 }), run(1)];
    expect(lastGreen(changes, run(4, { branch: undefined, change: 4 }), 'main')?.number).toBe(2);
    expect(lastGreen(changes, run(4, { branch: undefined, change: 9 }), 'main')?.number).toBe(1);
  });
  it('is nothing where there is none', () => {
    expect(lastGreen([], run(1), 'main')).toBeUndefined();
  });
});

describe('compareJobs', () => {
  it('puts what changed first, the worst at the head', () => {
    const compared = compareJobs(
      [
        job('a', 'succeeded', 10),
        job('b', 'failed', 5),
        job('c', 'succeeded', 10),
        job('d', 'succeeded', 60),
        job('e', 'succeeded', 1)
      ],
      [
        job('a', 'failed', 3),
        job('b', 'succeeded', 5),
        job('c', 'succeeded', 10.5),
        job('d', 'succeeded', 90),
        job('f', 'succeeded', 1)
      ]
    );
    expect(compared.map(({ key, difference }) => `${key} ${difference}`)).toEqual([
      'a state',
      'b state',
      'f new',
      'e gone',
      'd duration',
      'c same'
    ]);
    expect(compared.find(({ key }) => key === 'd')?.longerMs).toBe(30_000);
  });
  it('puts what still fails before what still passes', () => {
    const both = [job('a', 'succeeded', 1), job('b', 'failed', 1), job('c', 'succeeded', 1)];
    expect(compareJobs(both, both).map(({ key }) => key)).toEqual(['b', 'a', 'c']);
  });
  it('knows a job that was not repeated', () => {
    const same = job('a', 'succeeded', 10);
    expect(compareJobs([same], [same])[0]).toMatchObject({ kept: true, difference: 'same' });
  });
  it('measures nothing that has not ended', () => {
    const compared = compareJobs([job('a', 'running')], [job('a', 'running', undefined, 'other')])[0];
    expect(compared).toMatchObject({ difference: 'same', kept: false });
    expect(compared?.longerMs).toBeUndefined();
  });
});

describe('compareInputs', () => {
  it('tells those that differ', () => {
    expect(compareInputs({ a: 1, b: 'x', c: null, d: true }, { a: 2, b: 'x', d: true, e: 'y' })).toEqual([
      { name: 'a', before: '1', after: '2' },
      { name: 'e', after: 'y' }
    ]);
  });
});
