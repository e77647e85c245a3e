import { describe, expect, test } from 'vitest';
import {
  ago,
  agoInWords,
  bytes,
  counted,
  difference,
  duration,
  durationInWords,
  headAndTail,
  listed,
  median,
  ordinal,
  percent,
  took,
  upcoming,
  wholeTime
} from './format';

describe('durations', () => {
  test.each([
    [0, '0.0 s'],
    [-5, '0.0 s'],
    [240, '0.2 s'],
    [9_949, '9.9 s'],
    [9_950, '0:09'],
    [65_000, '1:05'],
    [702_000, '11:42'],
    [14_460_000, '4 h 01'],
    [273_600_000, '3 d 4 h']
  ])('%i ms is %s', (ms, text) => expect(duration(ms)).toBe(text));

  test.each([
    [0, '< 0.1 s'],
    [99, '< 0.1 s'],
    [100, '0.1 s'],
    [702_000, '11:42']
  ])('of what ran %i ms are %s', (ms, text) => expect(took(ms)).toBe(text));

  test('in words say the two largest units', () => {
    expect(durationInWords(702_000)).toBe('11 minutes 42 seconds');
    expect(durationInWords(3_600_000)).toBe('1 hour');
    expect(durationInWords(0)).toBe('0 seconds');
  });
  test('as a difference have their sign', () => {
    expect(difference(132_000)).toBe('+2:12');
    expect(difference(-13_000)).toBe('−0:13');
  });
});

test('times ago are short, and long ago they are dates', () => {
  const now = Date.parse('2026-11-30T12:00:00Z');
  expect(ago(now - 20_000, now)).toBe('now');
  expect(agoInWords(now - 20_000, now)).toBe('just now');
  expect(agoInWords(now - 4 * 60_000, now)).toBe('4 min ago');
  expect(ago(now - 3 * 3_600_000, now)).toBe('3 h');
  expect(ago(now - 10 * 86_400_000, now)).toBe('10 d');
  expect(agoInWords(now - 300 * 86_400_000, now)).toMatch(/^on \d+ \w+ 2026$/);
});

test('counts have their unit', () => {
  expect(counted(1, 'job')).toBe('1 job');
  expect(counted(12_288, 'job')).toBe('12,288 jobs');
  expect(percent(199, 212)).toBe('94 %');
  expect(percent(0, 0)).toBe('–');
  expect([1, 2, 3, 4, 11, 12, 21, 112].map(ordinal)).toEqual([
    '1st',
    '2nd',
    '3rd',
    '4th',
    '11th',
    '12th',
    '21st',
    '112th'
  ]);
  expect([980, 4_200, 82_000_000].map(bytes)).toEqual(['980 B', '4.1 KB', '78 MB']);
});

describe('long names', () => {
  test('keep their end', () => {
    const [head, tail] = headAndTail('feat/ledger-half-even-rounding-for-multi-currency-refunds-v2');
    expect(tail).toBe('y-refunds-v2');
    expect(head + tail).toBe('feat/ledger-half-even-rounding-for-multi-currency-refunds-v2');
  });
  test('with Hebrew or Arabic are not cut in two', () => {
    expect(headAndTail('إصلاح/صفحة-الدفع-الطويلة-جدا-جدا')[1]).toBe('');
  });
  test('are not cut inside an emoji', () => {
    const [head, tail] = headAndTail('🦀'.repeat(40), 4);
    expect(tail).toBe('🦀🦀🦀🦀');
    expect(head).toBe('🦀'.repeat(36));
  });
});

test('lists name a few and count the rest', () => {
  expect(listed([])).toBe('');
  expect(listed(['a'])).toBe('a');
  expect(listed(['a', 'b'])).toBe('a and b');
  expect(listed(['a', 'b', 'c', 'd', 'e'])).toBe('a, b and 3 more');
});

test('the median is of the middle', () => {
  expect(median([])).toBeUndefined();
  expect(median([9, 1, 5])).toBe(5);
  expect(median([1, 2, 3, 10])).toBe(2.5);
});

describe('moments', () => {
  test('to come are told by their day: today, tomorrow, later', () => {
    const noon = new Date(2026, 10, 30, 12).getTime();
    expect(upcoming(new Date(2026, 10, 30, 14, 11).getTime(), noon)).toBe('14:11');
    expect(upcoming(new Date(2026, 11, 1, 2, 0).getTime(), noon)).toBe('tomorrow 02:00');
    expect(upcoming(new Date(2026, 11, 4, 2, 0).getTime(), noon)).toBe('Fri 4 Dec, 02:00');
    expect(upcoming(new Date(2028, 1, 29, 4, 30).getTime(), noon)).toBe('Tue, 29 Feb 2028, 04:30');
  });
  test('are exact in the zone that is asked for, also on the other side of a change of the clock', () => {
    expect(wholeTime('2026-07-01T00:30:00Z', 'Europe/Berlin')).toMatch(/^Wed,? 1 Jul 2026,? (at )?02:30:00/);
    expect(wholeTime('2026-12-01T01:30:00Z', 'Europe/Berlin')).toMatch(/^Tue,? 1 Dec 2026,? (at )?02:30:00/);
  });
  test('of a zone that nobody here knows are told in another one, which is named', () => {
    expect(wholeTime('2026-12-01T01:30:00Z', 'Mars/Olympus')).toMatch(
      /01:30:00 UTC \(Mars\/Olympus is not known here\)$/
    );
  });
});
