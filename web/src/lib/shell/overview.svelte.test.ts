import { beforeEach, describe, expect, it, vi } from 'vitest';
import { flushSync } from 'svelte';
import { api, type Agent, type Job, type QueuedJob, type Repository, type Run } from '$lib/api/client';
import { world } from '$lib/live/world.svelte';
import { repositoryState, runsAtWork, statusOfRun, stuckRuns } from './overview';
import { stuck } from './stuck.svelte';

const run = (id: string, state = 'running'): Run => ({ id, version: 1, state, reason: null, warnings: false }) as Run;
const waits = (id: string, run_id: string, code = 'no_agent_fits') =>
  ({ id, run_id, state: 'queued', reason: { code, facts: {} } }) as QueuedJob;

describe('how a run stands', () => {
  const jobs = [waits('gpu', 'r'), waits('later', 'other', 'waiting_for_agent')];

  it('is that it can’t start when a job fits no agent and nothing else of it goes on', () => {
    const alone = stuckRuns(jobs);
    expect([...alone]).toEqual(['r']);
    expect(statusOfRun(run('r'), alone).shape).toBe('never');
    expect(statusOfRun(run('r', 'queued'), alone).shape).toBe('never');
    expect(statusOfRun(run('r', 'failed'), alone).shape).toBe('failed');
    expect(statusOfRun(run('other'), alone).shape).toBe('running');
  });
  it('is running as long as an agent works on another job of it', () => {
    const known = new Map([
      ['build', { run_id: 'r' }],
      ['alone', {}]
    ]);
    expect([...runsAtWork(['build', 'alone', 'unknown'], known)]).toEqual(['r']);
    const none = stuckRuns(jobs, runsAtWork(['build'], known));
    expect(statusOfRun(run('r'), none).shape).toBe('running');
    const state = repositoryState({ default_branch: 'main' } as Repository, [run('r')], none);
    expect(state?.status.shape).toBe('running');
  });
});

describe('the runs that are stuck', () => {
  const agent = (job: string | null) => ({ id: 'a', revision: 1, state: 'busy', current_job: job }) as unknown as Agent;
  let read: ReturnType<typeof vi.spyOn>;
  beforeEach(() => {
    const build = { id: 'build', run_id: 'r', state: 'running' } as Job;
    read = vi.spyOn(api, 'GET').mockImplementation(((_: string, init: { params: { query: { state: string } } }) =>
      Promise.resolve({
        data: { jobs: init.params.query.state === 'running' ? [build] : [], next_cursor: null },
        response: new Response()
      })) as unknown as typeof api.GET);
  });

  it('follow what the agents work on, which is read only when it matters', async () => {
    world.runs.put(run('r'));
    world.agents.put(agent('build'));
    const stop = $effect.root(() => {
      $effect(() => stuck.follow());
    });
    flushSync();
    expect(read, 'no job is without an agent').not.toHaveBeenCalled();

    world.queue = { jobs: [waits('gpu', 'r')], more: false };
    flushSync();
    expect([...stuck.runs], 'before it is known').toEqual([]);
    await vi.waitFor(() => expect(read).toHaveBeenCalledTimes(3));
    await vi.waitFor(() => expect([...stuck.runs]).toEqual([]));

    world.agents.put(agent(null));
    flushSync();
    expect([...stuck.runs], 'nothing else goes on').toEqual(['r']);
    stop();
  });
});
