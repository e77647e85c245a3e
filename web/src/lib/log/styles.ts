/** A colour in a style: 0 is the default, 1…256 the palette's entry plus one, with TRUE_COLOR set a 24-bit RGB value. */
export type Color = number;
export const TRUE_COLOR = 0x1000000;

export const BOLD = 1;
export const DIM = 2;
export const ITALIC = 4;
export const UNDERLINE = 8;
export const INVERSE = 16;
export const STRIKE = 32;
export const HIDDEN = 64;

export interface Style {
  fg: Color;
  bg: Color;
  flags: number;
}

/** A run packs where it begins (UTF-16 units of the line's text) and its style's number in one 32-bit number. */
export const STYLE_BITS = 15;
const STYLES_MAX = 1 << STYLE_BITS;

export const packRun = (offset: number, style: number): number => offset * STYLES_MAX + style;
export const runOffset = (run: number): number => Math.floor(run / STYLES_MAX);
export const runStyle = (run: number): number => run % STYLES_MAX;

/** Each style that a log uses, once, by number. Number 0 is plain text. A log with too many styles gets plain text for the rest. */
export class StyleTable {
  readonly list: Style[] = [{ fg: 0, bg: 0, flags: 0 }];
  // By flags, then by both colours: 25 bits each fit in a double's 53.
  readonly #numbers: (Map<number, number> | undefined)[] = [];

  numberOf(fg: Color, bg: Color, flags: number): number {
    if (fg === 0 && bg === 0 && flags === 0) return 0;
    const colors = (this.#numbers[flags] ??= new Map());
    const key = fg * 0x2000000 + bg;
    let number = colors.get(key);
    if (number === undefined) {
      if (this.list.length >= STYLES_MAX) return 0;
      number = this.list.length;
      this.list.push({ fg, bg, flags });
      colors.set(key, number);
    }
    return number;
  }
}
