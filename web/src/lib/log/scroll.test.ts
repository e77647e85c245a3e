import { describe, expect, it } from 'vitest';
import { REAL_HEIGHT_MAX, ScaledScroll } from './scroll';

function scrollOf(full: number, view = 800): ScaledScroll {
  const scroll = new ScaledScroll();
  scroll.full = full;
  scroll.view = view;
  return scroll;
}

describe('ScaledScroll', () => {
  it('is the scroller itself while the content is not too high', () => {
    const scroll = scrollOf(10_000);
    expect(scroll.moved(1234)).toBeNull();
    expect([scroll.top, scroll.realHeight, scroll.isScaled]).toEqual([1234, 10_000, false]);
  });

  it('moves by the same pixels for a small movement of a content of any height', () => {
    const scroll = scrollOf(200_000_000);
    const real = scroll.go(100_000_000);
    scroll.moved(real + 60);
    expect(scroll.top).toBe(100_000_060);
  });

  it('is in proportion when the bar is dragged', () => {
    const scroll = scrollOf(200_000_000);
    scroll.moved((REAL_HEIGHT_MAX - 800) / 2);
    expect(scroll.top).toBeCloseTo((200_000_000 - 800) / 2, -3);
  });

  it('reaches both ends, and never stands at an edge of the scroller elsewhere', () => {
    const scroll = scrollOf(200_000_000);
    scroll.go(200_000_000);
    expect(scroll.isAtEnd).toBe(true);
    scroll.go(5000);
    // Many small steps up must reach the top, though the scroller would be at its own long before.
    let real = scroll.settled();
    for (let i = 0; i < 200 && scroll.top > 0; i++) {
      real = Math.max(0, real - 100);
      real = scroll.moved(real) ?? real;
    }
    expect(scroll.top).toBe(0);
  });

  it('stays inside when the content shrinks', () => {
    const scroll = scrollOf(10_000);
    scroll.go(9000);
    scroll.full = 2000;
    expect(scroll.go(scroll.top)).toBe(1200);
  });
});
