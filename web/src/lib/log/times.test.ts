import { expect, it } from 'vitest';
import { sinceBefore, sinceStart } from './times';

it('counts from the begin of the step', () => {
  expect([0, 4120, 3_723_004, -5].map(sinceStart)).toEqual(['0:00.000', '0:04.120', '1:02:03.004', '0:00.000']);
});

it('counts from the line before, as short as it can be', () => {
  expect([0, 4, 12_340, 62_003, 602_000, 3_723_004, -80].map(sinceBefore)).toEqual([
    '+0.000',
    '+0.004',
    '+12.340',
    '+1:02.003',
    '+10:02.000',
    '+1:02:03.004',
    '+0.000'
  ]);
});
