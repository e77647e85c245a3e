import { describe, expect, test } from 'vitest';
import type { RunJob } from '$lib/api/client';
import { alongPath, criticalPath, pathBars, waitShownFrom } from './critical';
import { groupLabel, groupsOf, memberName, roundTimes, tally } from './groups';
import { scaleOf } from './timeline';

const start = Date.parse('2026-11-30T12:00:00Z');
const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();

/** A job that was queued, started and ended at these seconds. */
function job(
  key: string,
  needs: string[],
  times: [number, number, number] | 'skipped',
  more: Partial<RunJob> = {}
): RunJob {
  const [queued, started, ended] = times === 'skipped' ? [] : times.map(at);
  return {
    id: key,
    version: 1,
    key,
    name: key,
    needs,
    round: 1,
    state: times === 'skipped' ? 'skipped' : 'succeeded',
    reason: null,
    warning: false,
    attempts: 1,
    created_at: at(0),
    queued_at: queued,
    started_at: started,
    finished_at: ended,
    ...more
  };
}

describe('the critical path', () => {
  const jobs = [
    job('build (a)', [], [0, 0, 10]),
    job('build (b)', [], [0, 5, 30]),
    job('lint', [], [0, 0, 3]),
    job('test', ['build'], [30, 50, 60]),
    job('package', ['test'], 'skipped'),
    job('cleanup', ['package'], [60, 60, 61])
  ];

  test('goes back from the last end over what was waited for, also over what was skipped', () => {
    expect(criticalPath(jobs, start).map(({ job, waitedMs, ranMs }) => [job.key, waitedMs, ranMs])).toEqual([
      ['build (b)', 5000, 25_000],
      ['test', 20_000, 10_000],
      ['cleanup', 0, 1000]
    ]);
  });

  test('has a bar for each wait that is long beside the whole, and each bar is as long as its time', () => {
    const bars = (...all: RunJob[]) =>
      pathBars(criticalPath(all, start)).map(({ job, kind, ms }) => [job.key, kind, ms]);
    expect(bars(job('build', [], [0, 0.8, 1]), job('test', ['build'], [1, 1.04, 2]))).toEqual([
      ['build', 'wait', 800],
      ['build', 'ran', 200],
      ['test', 'ran', 960]
    ]);
    expect(bars(job('build', [], [0, 0.8, 100]))).toEqual([['build', 'ran', 99_200]]);
    expect(bars(job('build', [], [0, 1, 100]))).toHaveLength(2);
  });
  test('shows no wait of nothing', () => {
    expect(waitShownFrom(0)).toBeGreaterThan(0);
    expect(pathBars(criticalPath([job('build', [], [0, 0, 0])], start))).toHaveLength(1);
  });

  test('is drawn through the skipped ones', () => {
    expect([...alongPath(criticalPath(jobs, start), jobs)].sort()).toEqual(['build', 'cleanup', 'package', 'test']);
  });

  test('ends now while something runs', () => {
    const running = job('build', [], [0, 0, 0], { state: 'running', finished_at: undefined });
    expect(criticalPath([running], start + 7000)).toMatchObject([{ ranMs: 7000 }]);
  });

  test('of nothing that ran is empty', () => {
    expect(criticalPath([job('a', [], 'skipped')], start)).toEqual([]);
  });
});

describe('groups', () => {
  const failed = { state: 'failed' };
  test('hold the jobs of one matrix, and their needs once', () => {
    const [build, test] = groupsOf([
      job('build', [], [0, 0, 1]),
      job('test (x, 1)', ['build'], [1, 1, 2], failed),
      job('test (y, 2)', ['build'], [1, 1, 2])
    ]);
    expect(build?.jobs).toHaveLength(1);
    expect(test).toMatchObject({ key: 'test', needs: ['build'], bad: 1, ended: 2 });
    expect(test?.status.shape).toBe('failed');
    expect(memberName(test!.jobs[0]!)).toBe('x, 1');
  });

  test.each([
    [['succeeded', 'succeeded'], 'Passed 2/2'],
    [['failed', 'succeeded', 'succeeded'], 'Failed 1 of 3'],
    [['failed', 'failed'], 'Failed, all 2'],
    [['running', 'succeeded', 'queued'], 'Running 1/3'],
    [['skipped', 'skipped'], 'Skipped'],
    [['succeeded'], 'Passed']
  ])('of %j are called %s', (states, label) => {
    const group = groupsOf(states.map((state, i) => job(`t (${i})`, [], [0, 0, 1], { state })))[0];
    expect(groupLabel(group!)).toBe(label);
  });

  test('are counted with the most pressing first', () => {
    const counted = tally([job('a', [], [0, 0, 1]), job('b', [], [0, 0, 1], failed), job('c', [], [0, 0, 1])]);
    expect(counted.map(({ status, count }) => [status.shape, count])).toEqual([
      ['failed', 1],
      ['passed', 2]
    ]);
  });
});

describe('the scale of the lanes', () => {
  test.each([900, 4_900, 61_000, 702_000, 4 * 3_600_000])('has few ticks of a round length over %i ms', (length) => {
    const { ticks } = scaleOf(start, start + length);
    expect(ticks.length).toBeGreaterThan(1);
    expect(ticks.length).toBeLessThanOrEqual(8);
    expect(ticks.at(-1)).toEqual({ at: 100, ms: length });
    for (const tick of ticks.slice(0, -1)) expect(tick.ms % 500).toBe(0);
  });

  test('keeps what is outside at its ends', () => {
    const scale = scaleOf(start, start + 1000);
    expect([scale.at(start - 5), scale.at(start + 500), scale.at(start + 5000)]).toEqual([0, 50, 100]);
  });
});

describe('roundTimes', () => {
  test('are those of the jobs that the round repeated', () => {
    const jobs = [job('a', [], [0, 1, 5]), job('b', [], [100, 101, 130], { round: 2 })];
    expect(roundTimes(jobs, 2)).toEqual({ started: start + 101_000, finished: start + 130_000 });
    expect(roundTimes(jobs, 1)).toEqual({ started: start + 1000, finished: start + 5000 });
  });
  test('know nothing of a round in which nothing began', () => {
    expect(roundTimes([job('a', [], [0, 1, 5])], 2)).toEqual({});
  });
});
