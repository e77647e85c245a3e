import { describe, expect, it } from 'vitest';
import { contrast, lifted, lookOf, rgbOf, type Rgb } from './colors';
import { BOLD, DIM, INVERSE, TRUE_COLOR, UNDERLINE } from './styles';

const colorsOf = (text: string): Rgb[] =>
  [...text.matchAll(/rgb\((\d+) (\d+) (\d+)\)/g)].map((match) => [
    Number(match[1]),
    Number(match[2]),
    Number(match[3])
  ]);

describe('colours of a log', () => {
  it('are tokens for the sixteen that have names', () => {
    expect(lookOf({ fg: 2, bg: 0, flags: BOLD | UNDERLINE })).toEqual({
      className: 'ab au a1',
      color: '',
      background: ''
    });
    expect(lookOf({ fg: 0, bg: 0, flags: DIM }).className).toBe('ad');
  });

  it('reach 4.5:1 on the ground of both themes, whatever the log asks for', () => {
    for (let color = 17; color <= 256; color++) {
      const [light, dark] = colorsOf(lookOf({ fg: color, bg: 0, flags: 0 }).color);
      expect(contrast(light!, [251, 251, 252])).toBeGreaterThanOrEqual(4.5);
      expect(contrast(dark!, [7, 8, 11])).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('reach 4.5:1 on a ground of their own', () => {
    for (let front = 0; front <= 256; front += 17) {
      for (let back = 1; back <= 256; back += 7) {
        for (const flags of [0, INVERSE]) {
          const look = lookOf({ fg: front, bg: back, flags });
          const texts = colorsOf(look.color);
          const grounds = colorsOf(look.background);
          expect(contrast(texts[0]!, grounds[0]!)).toBeGreaterThanOrEqual(4.5);
          expect(contrast(texts[1]!, grounds[1]!)).toBeGreaterThanOrEqual(4.5);
        }
      }
    }
  });

  it('stay as they are where they can be read already', () => {
    expect(lifted([255, 170, 0], [7, 8, 11])).toEqual([255, 170, 0]);
    expect(rgbOf(TRUE_COLOR | 0x102030)).toEqual([16, 32, 48]);
    expect([rgbOf(17), rgbOf(232), rgbOf(256)]).toEqual([
      [0, 0, 0],
      [255, 255, 255],
      [238, 238, 238]
    ]);
  });
});
