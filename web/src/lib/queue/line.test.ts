import { describe, expect, it } from 'vitest';
import type { Agent, QueuedJob } from '$lib/api/client';
import { entryName, kindOf, lineOf, missingEverywhere, nearestAgents } from './line';

let made = 0;
const job = (more: Partial<QueuedJob> & { code?: string }): QueuedJob => ({
  id: `job-${++made}`,
  name: more.key ?? 'test',
  state: 'queued',
  reason: { code: more.code ?? 'waiting_for_agent', facts: {} },
  executor: 'docker',
  runs_on: [],
  priority: 0,
  run_id: 'run-1',
  key: 'test',
  created_at: '2026-11-30T10:00:00.000Z',
  ...more
});
const agent = (name: string, labels: Record<string, string>, executors = ['docker']): Agent => ({
  id: name,
  revision: 1,
  name,
  state: 'idle',
  labels,
  executors,
  withdrawn: {},
  version: '1',
  os: 'linux',
  arch: 'x86_64',
  current_job: null,
  registered_at: '2026-11-30T10:00:00.000Z',
  last_seen_at: '2026-11-30T10:00:00.000Z'
});

describe('the line', () => {
  it('puts the jobs of one matrix that wait for the same into one entry, with the earliest first', () => {
    const { line } = lineOf([
      job({ key: 'test (b)', position: 2, estimate: { starts_at: '2026-11-30T10:02:00.000Z' } }),
      job({
        key: 'test (a)',
        position: 1,
        estimate: { starts_at: '2026-11-30T10:01:00.000Z' },
        queued_at: '2026-11-30T09:00:00.000Z'
      }),
      job({ key: 'test (c)', code: 'waiting_for_concurrency' })
    ]);
    expect(line.map(entryName)).toEqual(['2 jobs of test', 'test (c)']);
    expect(line[0]).toMatchObject({
      since: '2026-11-30T09:00:00.000Z',
      startsAt: '2026-11-30T10:01:00.000Z',
      lastStartsAt: '2026-11-30T10:02:00.000Z'
    });
    expect(line[0]?.first.key).toBe('test (a)');
    expect(line.map(kindOf)).toEqual(['agents', 'held']);
  });

  it('says nothing of the last start when one of them is not known', () => {
    const { line } = lineOf([job({ estimate: { starts_at: '2026-11-30T10:02:00.000Z' } }), job({})]);
    expect(line[0]?.lastStartsAt).toBeUndefined();
  });

  it('keeps what can never start out of the line, together by what it asks for', () => {
    const { stuck, line } = lineOf([
      job({ code: 'no_agent_fits', key: 'flash', runs_on: ['hil'] }),
      job({ code: 'no_agent_fits', key: 'smoke', runs_on: ['hil'] }),
      job({ code: 'no_agent_fits', key: 'soak', runs_on: ['rig'] }),
      job({})
    ]);
    expect(stuck.map(entryName)).toEqual(['2 jobs', 'soak']);
    expect(line).toHaveLength(1);
  });

  it('shows an approval once for its run, and runs of their own apart', () => {
    const code = 'waiting_for_approval';
    const { line } = lineOf([job({ code, key: 'a' }), job({ code, key: 'b' }), job({ code, run_id: 'run-2' })]);
    expect(line.map(({ jobs }) => jobs.length)).toEqual([2, 1]);
  });

  it('orders by place, and what is held by how long it waits', () => {
    const code = 'waiting_for_concurrency';
    const { line } = lineOf([
      job({ key: 'late', code, queued_at: '2026-11-30T10:05:00.000Z' }),
      job({ key: 'early', code, queued_at: '2026-11-30T10:01:00.000Z' }),
      job({ key: 'third', position: 3 }),
      job({ key: 'first', position: 1 })
    ]);
    expect(line.map(entryName)).toEqual(['first', 'third', 'early', 'late']);
  });
});

describe('the nearest agents', () => {
  const wants = job({ runs_on: ['linux', 'zone=eu', 'gpu'] });
  it('come by how little they lack, and say what they have instead', () => {
    const near = nearestAgents(
      [
        agent('far', {}),
        agent('near', { linux: '', zone: 'us', gpu: 'a100' }),
        agent('shell', { linux: '' }, ['shell'])
      ],
      wants,
      2
    );
    expect(near.map(({ agent: { name } }) => name)).toEqual(['near', 'far']);
    expect(near[0]?.has).toEqual([
      { wanted: 'linux', there: true, instead: undefined },
      { wanted: 'zone=eu', there: false, instead: 'zone=us' },
      { wanted: 'gpu', there: true, instead: undefined },
      { wanted: 'docker', there: true, instead: undefined }
    ]);
  });
  it('tell what is nowhere from what is only not together', () => {
    expect(missingEverywhere([agent('a', { linux: '' }), agent('b', { gpu: '' })], wants)).toEqual(['zone=eu']);
    expect(missingEverywhere([], wants)).toEqual(wants.runs_on);
  });
  it('do not take a label that every object has for one of the agent', () => {
    expect(missingEverywhere([agent('a', {})], job({ runs_on: ['constructor'] }))).toEqual(['constructor']);
  });
});
