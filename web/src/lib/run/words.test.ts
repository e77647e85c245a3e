import { describe, expect, it } from 'vitest';
import type { Run } from '$lib/api/client';
import { isMine, otherAuthor, whoOf } from './words';

const token = '01a2f0c1-0000-7000-8000-000000000001';
const run = (more: Partial<Run>): Run => ({
  id: 'r',
  version: 1,
  number: 1,
  pipeline: 'ci.yml',
  name: 'ci',
  event: 'push',
  trust: 'trusted',
  triggered_by: 'ada',
  triggered_by_name: 'ada',
  state: 'succeeded',
  reason: null,
  warnings: false,
  round: 1,
  created_at: '2026-11-30T10:00:00.000Z',
  ...more
});
const byHand = run({ event: 'manual', author: 'Ada', triggered_by: token, triggered_by_name: 'first admin token' });

describe('who asked for a run', () => {
  it('is whoever sent it by hand, and the author of the commit is told beside', () => {
    expect(whoOf(byHand)).toBe('first admin token');
    expect(otherAuthor(byHand)).toBe('Ada');
    expect(whoOf(run({ event: 'api', triggered_by: token, triggered_by_name: 'nightly' }))).toBe('nightly');
  });
  it('is the author of a commit that was pushed, and who pushed one without', () => {
    expect(whoOf(run({ author: 'Ada Lovelace' }))).toBe('Ada Lovelace');
    expect(otherAuthor(run({ author: 'Ada Lovelace' }))).toBeUndefined();
    expect(whoOf(run({}))).toBe('ada');
  });
  it('is nobody when the time came', () => {
    expect(whoOf(run({ event: 'schedule', author: 'Ada' }))).toBe('schedule');
  });
});

describe('my runs', () => {
  const me = { id: token, name: 'first admin token' };
  it('are those that my token asked for, and those of my commits', () => {
    expect(isMine(byHand, me)).toBe(true);
    expect(isMine(run({ author: 'Ada' }), { id: 'x', name: 'Ada' })).toBe(true);
  });
  it('are not those of another token with the same name, nor of somebody whom a forge calls like my token', () => {
    expect(isMine(byHand, { ...me, id: 'another' })).toBe(false);
    expect(isMine(run({ triggered_by: token, triggered_by_name: token }), me)).toBe(false);
    expect(isMine(byHand, undefined)).toBe(false);
  });
});
