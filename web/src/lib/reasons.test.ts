import { expect, test } from 'vitest';
import { explain, reasonText } from './reasons';

test.each([
  [{ code: 'waiting_for_needs', facts: { jobs: ['build', 'lint'] } }, 'Needs build and lint'],
  [
    { code: 'waiting_for_agent', facts: { agents_fitting: 2, agents_busy: 2, position: 2, runs_on: ['arm64'] } },
    'Both fitting agents are busy · 2nd in line for arm64'
  ],
  [
    { code: 'no_agent_fits', facts: { runs_on: ['hil'], nearest: { agent: 'anvil', missing: ['hil'] } } },
    'No agent fits: the nearest, anvil, lacks hil'
  ],
  [
    { code: 'cancelled', facts: { by: '01a2f0c1-0000-7000-8000-1', by_name: 'night shift' } },
    'Cancelled by night shift'
  ],
  [{ code: 'cancelled', facts: { by: '01a2f0c1-0000-7000-8000-1' } }, 'Cancelled'],
  [{ code: 'step_failed', facts: { step: 1, name: 'Run tests', exit_code: 8 } }, 'Step “Run tests” failed: exit 8'],
  [
    { code: 'skipped_condition', facts: { expression: "git.branch == 'docs'", values: { 'git.branch': 'main' } } },
    "Its if was false: git.branch == 'docs' git.branch is main"
  ]
])('%j is said as a sentence', (reason, text) => expect(reasonText(reason)).toBe(text));

test('a reason that this page does not know is told by its own words', () => {
  expect(reasonText({ code: 'moon_is_full', facts: { phase: 'waxing' } })).toBe('Moon is full: phase: waxing');
});

test('what is no reason says nothing', () => {
  for (const nothing of [null, undefined, 'text', {}, { code: 7 }]) expect(explain(nothing)).toBeUndefined();
});

test('facts of a wrong type break nothing', () => {
  const codes = [
    'waiting_for_agent',
    'no_agent_fits',
    'waiting_for_needs',
    'step_failed',
    'retrying',
    'skipped_condition'
  ];
  for (const code of codes) {
    for (const value of [null, 7, 'x', [], {}, [null]]) {
      const facts = {
        jobs: value,
        runs_on: value,
        nearest: value,
        name: value,
        cause: value,
        values: value,
        position: value
      };
      expect(typeof reasonText({ code, facts })).toBe('string');
    }
  }
});
