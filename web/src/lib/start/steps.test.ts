import { describe, expect, it } from 'vitest';
import type { Agent, Repository, Run } from '$lib/api/client';
import { forgeOf, progressOf } from './steps';

const agent = (state: string) => ({ id: 'a', state }) as Agent;
const repository = (id: string, created_at: string) => ({ id, created_at }) as Repository;
const run = (id: string, state: string) => ({ id, state }) as Run;

describe('the way to the first green run', () => {
  it('begins with an agent; one that is away is none', () => {
    expect(progressOf([], [], []).now).toBe('agent');
    expect(progressOf([agent('offline')], [], []).now).toBe('agent');
  });
  it('goes on with the newest repository and its run', () => {
    const repositories = [repository('old', '2026-01-01'), repository('new', '2026-02-01')];
    const progress = progressOf([agent('idle')], repositories, [run('r', 'failed')]);
    expect(progress).toMatchObject({ now: 'run', repository: { id: 'new' }, run: { id: 'r' } });
  });
  it('ends with a run that passed, whatever came after it', () => {
    const progress = progressOf(
      [agent('busy')],
      [repository('r', '')],
      [run('late', 'failed'), run('early', 'succeeded')]
    );
    expect(progress.now).toBeUndefined();
    expect(progress.run?.id).toBe('early');
  });
});

describe('the forge of an address', () => {
  it('is known by its host alone', () => {
    expect(forgeOf('https://github.com/acme/tools')).toBe('github');
    expect(forgeOf('git@gitlab.com:acme/tools.git')).toBe('gitlab');
    expect(forgeOf('ssh://git@codeberg.org:22/acme/tools')).toBe('gitea');
    expect(forgeOf('https://example.org/github.com/tools')).toBeUndefined();
    expect(forgeOf('https://github.com.example.org/a')).toBeUndefined();
    expect(forgeOf('')).toBeUndefined();
  });
});
