import { describe, expect, it } from 'vitest';
import { findingText, fixOf, groupWords, lineOfJob, planGroups, secretsOf, type Plan, type PlannedJob } from './plan';

const job = (key: string, more: Partial<PlannedJob> = {}): PlannedJob =>
  ({
    key,
    job: key.replace(/ \(.*/, ''),
    name: key,
    needs: [],
    secrets: {},
    spec: { image: 'gcc:14', executor: 'docker' },
    ...more
  }) as PlannedJob;
const need = (name: string) => ({ job: name, optional: false, results: [] });
const plan = (...jobs: PlannedJob[]) => ({ jobs }) as unknown as Plan;

describe('a plan as a graph', () => {
  it('has one node for a matrix, with what the whole of it needs', () => {
    const groups = planGroups(plan(job('build'), job('test (a)', { needs: [need('build')] }), job('test (b)')));
    expect(groups.map(({ key, needs, jobs }) => [key, needs, jobs.length])).toEqual([
      ['build', [], 1],
      ['test', ['build'], 2]
    ]);
    expect(groupWords(groups[1]!)).toEqual(['gcc:14', '2 jobs']);
  });
  it('says why a job would be skipped, and that one asks first', () => {
    const reason = { code: 'skipped_condition', facts: { expression: "git.branch == 'main'" } } as never;
    const approval = { by: ['captains'], count: 1, expires_ms: 1, message: '' };
    const [skipped, asks, some] = planGroups(
      plan(
        job('docs', { skipped: reason }),
        job('deploy', { approval }),
        job('test (a)', { skipped: reason }),
        job('test (b)')
      )
    );
    expect(skipped?.status.shape).toBe('skipped');
    expect(groupWords(skipped!)[0]).toContain("git.branch == 'main'");
    expect(asks?.status.shape).toBe('approval');
    expect(groupWords(some!)[0]).toBe('1 of 2 jobs');
  });
  it('names each secret once', () => {
    expect(
      secretsOf(plan(job('a', { secrets: { KEY: 'DEPLOY' } }), job('b', { secrets: { OTHER: 'DEPLOY' } })))
    ).toEqual(['DEPLOY']);
  });
});

describe('the file', () => {
  it('knows the line of a job, and takes no key outside of jobs for one', () => {
    const text = 'name: build\non: push\njobs:\n  build: {}\n  "test":\n    steps: []\n';
    expect(lineOfJob(text, 'build')).toBe(4);
    expect(lineOfJob(text, 'test')).toBe(5);
    expect(lineOfJob(text, 'gone')).toBeUndefined();
    expect(lineOfJob('build: x', 'build')).toBeUndefined();
  });
  it('is mended by the word that the server suggests', () => {
    const finding = {
      path: 'jobs.a.need',
      line: 4,
      column: 5,
      message: 'is not a known key',
      hint: 'Did you mean "needs"?'
    };
    expect(fixOf(finding)).toBe('needs');
    expect(findingText(finding)).toBe('jobs.a.need is not a known key. Did you mean "needs"?');
    expect(fixOf({ ...finding, hint: 'Write it in another way' })).toBeUndefined();
  });
});
