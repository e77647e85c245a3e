import { afterEach, describe, expect, it, vi } from 'vitest';
import { api, type Agent, type QueuedJob, type Repository, type Run } from '$lib/api/client';
import { world } from '$lib/live/world.svelte';
import { repositoryState, statusOfRun, stuckRuns } from './overview';

const run = (id: string, more: Partial<Run> = {}) => ({ id, version: 1, round: 1, state: 'running', ...more }) as Run;
const queued = (run_id: string, code = 'no_agent_fits') =>
  ({ id: `q-${run_id}`, run_id, reason: { code } }) as QueuedJob;
const agent = (revision: number, current_job: string | null) => ({ id: 'a', revision, current_job }) as Agent;

describe('a run with a job that no agent fits', () => {
  const of = (goesOn: boolean, more: Partial<Run> = {}) =>
    statusOfRun(
      run('r', more),
      stuckRuns([queued('r')], () => goesOn)
    ).shape;
  it('runs as long as another job of it runs, and can not start when none does', () => {
    expect(of(true)).toBe('running');
    expect(of(false)).toBe('never');
    expect(of(false, { state: 'queued' })).toBe('never');
  });
  it('is what it ended as', () => expect(of(false, { state: 'cancelled' })).toBe('cancelled'));
  it('is not stuck by a job that only waits', () =>
    expect([...stuckRuns([queued('r', 'waiting_for_agent')], () => false)]).toEqual([]));
  it('is told the same of its repository', () => {
    const stuck = stuckRuns([queued('r')], () => true);
    expect(repositoryState({ default_branch: 'main' } as Repository, [run('r')], stuck)?.status.shape).toBe('running');
  });
});

describe('whether a run goes on', () => {
  afterEach(() => vi.restoreAllMocks());
  it('is known by what its agents work at', async () => {
    const get = vi
      .spyOn(api, 'GET')
      .mockResolvedValue({ data: { jobs: [{ id: 'j1' }, { id: 'j2' }] } } as unknown as Awaited<
        ReturnType<typeof api.GET>
      >);
    world.runs.put(run('x'));
    world.agents.put(agent(1, 'j2'));
    expect(stuckRuns([queued('x')]).has('x'), 'until its jobs are read its state is believed').toBe(false);
    expect(get).toHaveBeenCalledTimes(1);
    await vi.waitFor(() => {
      world.agents.put(agent(2, null));
      expect(stuckRuns([queued('x')]).has('x')).toBe(true);
    });
    world.agents.put(agent(3, 'j1'));
    expect(stuckRuns([queued('x')]).has('x')).toBe(false);
    expect(get).toHaveBeenCalledTimes(1);
  });
  it('needs no question when none of its jobs has started', () => {
    const get = vi.spyOn(api, 'GET');
    world.runs.put(run('y', { state: 'queued' }));
    expect(stuckRuns([queued('y')]).has('y')).toBe(true);
    expect(get).not.toHaveBeenCalled();
  });
});
