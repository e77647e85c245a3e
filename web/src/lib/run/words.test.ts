import { describe, expect, it } from 'vitest';
import type { Run } from '$lib/api/client';
import { isMine, whoOf, whyOf } from './words';

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
  modified: false,
  created_at: '2026-11-30T10:00:00.000Z',
  ...more
});
const byHand = run({ event: 'manual', author: 'Ada', triggered_by: token, triggered_by_name: 'first admin token' });

describe('who asked for a run', () => {
  it('is told beside the author of the commit when it was sent by hand', () => {
    expect([whoOf(byHand), whyOf(byHand)]).toEqual(['Ada', 'run by hand by first admin token']);
    expect(whyOf(run({ event: 'api', author: 'Ada', triggered_by_name: 'nightly' }))).toBe('sent by nightly');
  });
  it('stands in the place of the author where there is none', () => {
    const alone = run({ event: 'manual', triggered_by: token, triggered_by_name: 'nightly' });
    expect([whoOf(alone), whyOf(alone)]).toEqual(['nightly', 'run by hand']);
    expect([whoOf(run({})), whyOf(run({}))]).toEqual(['ada', 'pushed']);
  });
  it('is nobody when the time came', () => {
    const nightly = run({ event: 'schedule', author: 'Ada', triggered_by: 'schedule', triggered_by_name: 'schedule' });
    expect([whoOf(nightly), whyOf(nightly)]).toEqual(['schedule', 'scheduled']);
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
