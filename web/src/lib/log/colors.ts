// Colours of a log, made readable on the ground of both themes. The sixteen named ones are tokens (styles/log.css); what
// has any other colour, or a ground of its own, gets its colours worked out here.
import { BOLD, DIM, INVERSE, ITALIC, STRIKE, TRUE_COLOR, UNDERLINE, type Color, type Style } from './styles';

export type Rgb = readonly [number, number, number];

/** --log-bg and --fg of the themes. */
const GROUND = { light: [251, 251, 252], dark: [7, 8, 11] } as const satisfies Record<string, Rgb>;
const TEXT = { light: [22, 24, 31], dark: [236, 237, 240] } as const satisfies Record<string, Rgb>;
const CONTRAST_MIN = 4.5;

const SIXTEEN: readonly Rgb[] = [
  [30, 32, 38],
  [197, 40, 46],
  [30, 132, 73],
  [176, 122, 0],
  [44, 99, 214],
  [160, 58, 180],
  [12, 125, 145],
  [200, 204, 212],
  [110, 114, 124],
  [232, 80, 84],
  [60, 170, 100],
  [214, 160, 30],
  [90, 140, 245],
  [196, 100, 216],
  [40, 165, 185],
  [244, 245, 247]
];

const cube = (value: number): number => (value === 0 ? 0 : 55 + value * 40);

export function rgbOf(color: Color): Rgb {
  if (color >= TRUE_COLOR) return [(color >> 16) & 255, (color >> 8) & 255, color & 255];
  const entry = color - 1;
  if (entry < 16) return SIXTEEN[entry]!;
  if (entry < 232)
    return [cube(Math.floor((entry - 16) / 36)), cube(Math.floor((entry - 16) / 6) % 6), cube((entry - 16) % 6)];
  const grey = 8 + (entry - 232) * 10;
  return [grey, grey, grey];
}

const linear = (value: number): number => {
  const part = value / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
};
const luminance = ([r, g, b]: Rgb): number => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);

/** As WCAG 2 defines it, from 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const mixed = (a: Rgb, b: Rgb, part: number): Rgb =>
  [0, 1, 2].map((i) => Math.round(a[i]! + (b[i]! - a[i]!) * part)) as unknown as Rgb;

/** The colour, moved towards white or black until it can be read on the ground. */
export function lifted(color: Rgb, ground: Rgb): Rgb {
  if (contrast(color, ground) >= CONTRAST_MIN) return color;
  const white: Rgb = [255, 255, 255];
  const black: Rgb = [0, 0, 0];
  const goal = contrast(white, ground) > contrast(black, ground) ? white : black;
  let low = 0;
  let high = 1;
  for (let i = 0; i < 8; i++) {
    const middle = (low + high) / 2;
    if (contrast(mixed(color, goal, middle), ground) >= CONTRAST_MIN) high = middle;
    else low = middle;
  }
  return mixed(color, goal, high);
}

const css = ([r, g, b]: Rgb): string => `rgb(${r} ${g} ${b})`;
const both = (light: Rgb, dark: Rgb): string => `light-dark(${css(light)}, ${css(dark)})`;

export interface Look {
  className: string;
  color: string;
  background: string;
}

/** How text of this style is drawn. */
export function lookOf({ fg, bg, flags }: Style): Look {
  const classes: string[] = [];
  if (flags & BOLD) classes.push('ab');
  if (flags & ITALIC) classes.push('ai');
  if (flags & UNDERLINE) classes.push('au');
  if (flags & STRIKE) classes.push('as');
  const inverse = (flags & INVERSE) !== 0;
  if (bg === 0 && !inverse) {
    if (fg === 0 && flags & DIM) classes.push('ad');
    if (fg >= 1 && fg <= 16) classes.push(`a${fg - 1}`);
    const color = fg > 16 ? both(lifted(rgbOf(fg), GROUND.light), lifted(rgbOf(fg), GROUND.dark)) : '';
    return { className: classes.join(' '), color, background: '' };
  }
  const colorsOn = (theme: 'light' | 'dark'): [Rgb, Rgb] => {
    const front = fg === 0 ? TEXT[theme] : rgbOf(fg);
    const back = bg === 0 ? GROUND[theme] : rgbOf(bg);
    const [text, ground] = inverse ? [back, front] : [front, back];
    // Text without a colour of its own is as dark or as light as its ground asks for.
    const isOwn = inverse ? bg !== 0 : fg !== 0;
    if (!isOwn)
      return [
        lifted(contrast(TEXT.light, ground) > contrast(TEXT.dark, ground) ? TEXT.light : TEXT.dark, ground),
        ground
      ];
    return [lifted(text, ground), ground];
  };
  const light = colorsOn('light');
  const dark = colorsOn('dark');
  return { className: classes.join(' '), color: both(light[0], dark[0]), background: both(light[1], dark[1]) };
}
