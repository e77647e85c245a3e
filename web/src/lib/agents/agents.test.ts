import { describe, expect, it } from 'vitest';
import type { Agent } from '$lib/api/client';
import { joinCommand, readLabels, shellWord } from './join';
import { labelsOf, poolsOf, statusOfAgent } from './words';

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
  it('have their system first among the labels', () => {
    expect(labelsOf(agent('a', { labels: { gpu: '', zone: 'eu', os: 'linux', arch: 'arm64', linux: '' } }))).toEqual([
      'linux',
      'arm64',
      'gpu',
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
