import { afterEach, describe, expect, it, vi } from 'vitest';
import { api, type Agent, type Job, type Schemas } from '$lib/api/client';
import { History } from './history.svelte';
import { joinCommand, readLabels, shellWord } from './join';
import { afterwards, endText, labelsOf, poolsOf, statusOfAgent, statusOfAttempt } from './words';

const agent = (name: string, more: Partial<Agent> = {}): Agent => ({
  id: name,
  revision: 1,
  name,
  state: 'idle',
  labels: { os: 'linux', arch: 'x86_64' },
  executors: ['docker'],
  withdrawn: {},
  version: '1.0.0',
  os: 'linux',
  arch: 'x86_64',
  current_job: null,
  registered_at: '2026-11-30T10:00:00.000Z',
  last_seen_at: '2026-11-30T10:00:00.000Z',
  ...more
});
const names = (agents: Agent[]) => poolsOf(agents).map((pool) => pool.agents.map(({ name }) => name));

describe('the agents', () => {
  it('are one row when five and more are alike, and each for itself when not', () => {
    const five = [10, 2, 1, 3, 4].map((i) => agent(`anvil-${i}`));
    expect(names([...five, agent('bench-1'), agent('bench-2')])).toEqual([
      ['anvil-1', 'anvil-2', 'anvil-3', 'anvil-4', 'anvil-10'],
      ['bench-1'],
      ['bench-2']
    ]);
    expect(names(five.slice(1))).toHaveLength(4);
  });
  it('come with trouble first, and what is away stands for itself', () => {
    const pool = [1, 2, 3, 4, 5].map((i) => agent(`anvil-${i}`));
    const away = agent('anvil-6', { state: 'offline' });
    const broken = agent('zeta', { withdrawn: { docker: 'the engine does not answer' } });
    expect(names([...pool, broken, away])[0]).toEqual(['anvil-6']);
    expect(names([...pool, broken, away])[1]).toEqual(['zeta']);
  });
  it('with other labels or another version are not alike', () => {
    const pool = [1, 2, 3, 4].map((i) => agent(`anvil-${i}`));
    expect(names([...pool, agent('anvil-5', { version: '0.9.0' })])).toHaveLength(5);
    expect(names([...pool, agent('anvil-5', { labels: { gpu: '' } })])).toHaveLength(5);
  });
  it('have labels as a job can ask for them, their system first', () => {
    expect(labelsOf(agent('a', { labels: { gpu: '', zone: 'eu', os: 'linux', arch: 'arm64', linux: '' } }))).toEqual([
      'os=linux',
      'arch=arm64',
      'gpu',
      'linux',
      'zone=eu'
    ]);
  });
  it('have each state in words', () => {
    const labels = ['offline', 'draining', 'busy', 'idle'].map((state) => statusOfAgent(agent('a', { state })).label);
    expect(labels).toEqual(['Offline', 'Draining', 'Busy', 'Idle']);
  });
});

describe('the join command', () => {
  const join = { server: 'https://ci.example.org/base', name: '', labels: [], executors: [] };
  it('holds what was asked for and nothing else', () => {
    expect(joinCommand(join)).toBe(
      'open-cicd-agent --server https://ci.example.org/base \\\n  --token-file registration.token'
    );
    expect(joinCommand({ ...join, name: 'a b', labels: ['gpu', 'zone=eu'], executors: ['shell'] })).toContain(
      "--name 'a b' \\\n  --labels gpu,zone=eu \\\n  --executors shell"
    );
  });
  it('says that plain http to another machine is meant', () => {
    expect(joinCommand({ ...join, server: 'http://10.0.0.5:8080' })).toContain('--allow-insecure-http');
    expect(joinCommand({ ...join, server: 'http://127.0.0.1:8080' })).not.toContain('insecure');
  });
  it('runs nothing that a name holds', () => {
    expect(shellWord("$(touch x)'; rm -rf /")).toBe(`'$(touch x)'\\''; rm -rf /'`);
    expect(shellWord('')).toBe("''");
  });
  it('takes labels as people write them', () => {
    expect(readLabels(' gpu, zone=eu  gpu')).toEqual({ labels: ['gpu', 'zone=eu'] });
    expect(readLabels('gpu,a;b').wrong).toBe('a;b');
  });
});

const attemptOf = (state: string, more: Partial<Schemas['AttemptView']> = {}): Schemas['AttemptView'] => ({
  attempt: 1,
  agent_id: 'a',
  agent: 'anvil',
  state,
  log_flags: [],
  images: [],
  claimed_at: '2026-11-30T10:00:00.000Z',
  started_at: '2026-11-30T10:00:01.000Z',
  ended_at: '2026-11-30T10:01:00.000Z',
  ...more
});
const jobOfState = (state: string, more: Partial<Job> = {}): Job => ({
  id: 'job',
  version: 1,
  name: 'build',
  state,
  reason: null,
  executor: 'docker',
  runs_on: [],
  priority: 0,
  attempt: 1,
  created_at: '2026-11-30T10:00:00.000Z',
  ...more
});

describe('what an agent did', () => {
  it('is told of its attempt, and what became of the job elsewhere beside it', () => {
    const lost = attemptOf('lost');
    expect(statusOfAttempt(lost).label).toBe('Agent lost');
    expect(afterwards(jobOfState('succeeded', { attempt: 2 }), lost)).toBe('then passed in attempt 2');
    expect(afterwards(jobOfState('queued'), lost)).toBe('now it waits for another attempt');
    expect(afterwards(jobOfState('lost'), lost)).toBeUndefined();
    expect(afterwards(jobOfState('running'), attemptOf('running'))).toBeUndefined();
  });
  it('is no failure where it gave the job back', () => {
    const status = statusOfAttempt(attemptOf('released', { message: 'drain' }));
    expect([status.label, status.bad, status.ended]).toEqual(['Given back', false, true]);
  });
  it('says why: the job’s reason where that is of this attempt, else what the agent said', () => {
    const failed = attemptOf('failed', { exit_code: 3 });
    const reason = { code: 'step_failed', facts: { name: 'test', exit_code: 3 } };
    expect(endText(jobOfState('failed', { reason }), failed)).toContain('test');
    expect(endText(jobOfState('succeeded', { attempt: 2 }), failed)).toBe('exit code 3');
    expect(endText(jobOfState('succeeded', { attempt: 2 }), { ...failed, message: 'no room' })).toBe('no room');
    expect(endText(jobOfState('succeeded'), attemptOf('succeeded', { exit_code: 0 }))).toBe('');
    const cancelled = { reason: { code: 'cancelled', facts: {} } };
    expect(endText(jobOfState('cancelled', cancelled), attemptOf('cancelled'))).toBe('');
  });
});

describe('the history of an agent', () => {
  afterEach(() => vi.restoreAllMocks());

  /** A server with so many jobs, the last of them the newest. */
  function serve(jobs: Job[]) {
    const asked: URLSearchParams[] = [];
    const get = (_path: string, { params }: { params: { query: Record<string, string> } }) => {
      const query = new URLSearchParams(params.query);
      asked.push(query);
      const rest = jobs
        .toReversed()
        .filter((job) => !query.has('cursor') || job.attempts![0]!.claimed_at < query.get('cursor')!);
      const page = rest.slice(0, Number(query.get('limit')));
      const next = rest.length > page.length ? page.at(-1)!.attempts![0]!.claimed_at : null;
      return Promise.resolve({ data: { jobs: page, next_cursor: next }, response: new Response() });
    };
    vi.spyOn(api, 'GET').mockImplementation(get as unknown as typeof api.GET);
    return asked;
  }
  const taken = (i: number, state = 'succeeded') =>
    jobOfState(state, {
      id: `job-${i}`,
      attempts: [attemptOf(state, { claimed_at: new Date(Date.UTC(2026, 10, 30, 10, 0, i)).toISOString() })]
    });

  it('goes on with older ones, and stays whole when new ones come meanwhile', async () => {
    const jobs = Array.from({ length: 50 }, (_, i) => taken(i));
    const asked = serve(jobs);
    const history = new History('a');
    await history.read.load();
    expect(history.list).toHaveLength(30);
    expect(history.hasOlder).toBe(true);
    jobs.push(taken(50, 'running'));
    await history.read.load();
    await history.older();
    expect(history.hasOlder).toBe(false);
    expect(history.list.map(({ job }) => job.id)).toEqual(Array.from({ length: 51 }, (_, i) => `job-${50 - i}`));
    expect(asked.every((query) => query.get('agent') === 'a')).toBe(true);
    jobs[50] = taken(50);
    await history.read.load();
    expect(history.list[0]?.attempt.state).toBe('succeeded');
  });
});
