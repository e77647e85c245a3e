import { expect, test } from 'vitest';
import { allStatuses, statusOf } from './status';

test.each([
  ['pending', null, 'waiting'],
  ['queued', { code: 'waiting_for_agent', facts: {} }, 'waiting'],
  ['queued', { code: 'no_agent_fits', facts: {} }, 'never'],
  ['pending', { code: 'waiting_for_approval', facts: {} }, 'approval'],
  ['queued', { code: 'retrying', facts: {} }, 'retry'],
  ['assigned', null, 'running'],
  ['running', null, 'running'],
  ['succeeded', null, 'passed'],
  ['failed', null, 'failed'],
  ['timed_out', null, 'timeout'],
  ['lost', null, 'lost'],
  ['cancelled', null, 'cancelled'],
  ['skipped', null, 'skipped']
])('%s with %j is shown as %s', (state, reason, shape) => {
  expect(statusOf({ state, reason }).shape).toBe(shape);
});

test('an allowed failure is a warning that says what happened', () => {
  expect(statusOf({ state: 'failed', warning: true })).toMatchObject({
    shape: 'warning',
    label: 'Failed, allowed',
    bad: false
  });
  expect(statusOf({ state: 'succeeded', warnings: true }).label).toBe('Passed with warnings');
});

test('a state of a newer server is shown by its own name', () => {
  expect(statusOf({ state: 'on_holiday' })).toMatchObject({ label: 'on holiday', ended: false });
});

test('no two states share a word', () => {
  const labels = allStatuses.map(({ label }) => label);
  expect(new Set(labels).size).toBe(labels.length);
});
