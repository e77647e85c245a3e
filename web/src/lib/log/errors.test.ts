import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ANNOUNCE_EVERY_MS, ErrorLines } from './errors.svelte';

describe('announcing new errors', () => {
  let asked: number[];
  let errors: ErrorLines;
  beforeEach(() => {
    vi.useFakeTimers();
    asked = [];
    errors = new ErrorLines(
      ({ line }) => {
        asked.push(line);
        return line;
      },
      (step) => `step ${step}`
    );
  });
  afterEach(() => {
    errors.close();
    vi.useRealTimers();
  });
  const say = (line: number, text: string) => errors.receive(line, [{ step: 0, line, text }]);

  it('says nothing until somebody asks for it, and nothing of what was there before', () => {
    errors.add({ step: 0, line: 1 });
    vi.advanceTimersByTime(60_000);
    expect(errors.announcement).toBe('');
    errors.setAnnouncing(true);
    vi.advanceTimersByTime(60_000);
    expect(errors.announcement).toBe('New errors are announced');
  });

  it('says where an error is and what it says', () => {
    errors.setAnnouncing(true);
    errors.add({ step: 0, line: 7 });
    say(7, '  error: no such file ');
    vi.advanceTimersByTime(1000);
    expect(errors.announcement).toBe('New error in line 7 of step 0: error: no such file');
  });

  it('says at most one thing in five seconds, however many come', () => {
    errors.setAnnouncing(true);
    const said = new Set<string>();
    for (let line = 1; line <= 1000; line++) {
      errors.add({ step: 0, line });
      vi.advanceTimersByTime(20);
      said.add(errors.announcement);
    }
    const most = Math.ceil((1000 * 20) / ANNOUNCE_EVERY_MS);
    expect(said.size - 1).toBeLessThanOrEqual(most);
    expect(said.size - 1).toBeGreaterThanOrEqual(most - 1);
    expect([...said].at(-1)).toMatch(/^\d+ new errors, the first in line \d+ of step 0$/);
  });

  it('keeps what was not said to itself when it is switched off', () => {
    errors.setAnnouncing(true);
    errors.add({ step: 0, line: 3 });
    errors.setAnnouncing(false);
    vi.advanceTimersByTime(60_000);
    expect(errors.announcement).toBe('New errors are not announced');
  });
});
