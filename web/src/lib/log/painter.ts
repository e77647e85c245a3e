import { CUT, PARTIAL, WIDE } from './ansi';
import { lookOf, type Look } from './colors';
import type { LineView } from './protocol';
import { runOffset, runStyle, type Style } from './styles';

/** Characters that turn the direction of what follows: they could show a text that is not what it says. */
const DIRECTIONS = /([\u202a-\u202e\u2066-\u2069])/;

/** What a row shows besides its text. */
export interface RowMarks {
  error: boolean;
  selected: boolean;
  /** The title of a group that begins here, and how many lines it hides. */
  group: { title: string; folded: boolean; lines: number } | null;
  time: string;
  /** It took long until this line came. */
  slow: boolean;
  /** Lines before it are left out. */
  gap: boolean;
  href: string;
  height: number;
}

/** One row of the screen: made once, filled again and again. */
export interface Row {
  element: HTMLElement;
  number: HTMLAnchorElement;
  time: HTMLTimeElement;
  text: HTMLElement;
  step: number;
  line: number;
  view: LineView | null;
  drawn: string; // the marks as they are drawn
  y: number;
  height: number;
}

export function makeRow(): Row {
  const element = document.createElement('div');
  element.className = 'ln';
  const number = document.createElement('a');
  number.tabIndex = -1; // reached by the cursor, not by fifty stops of the tab key
  number.draggable = false;
  const time = document.createElement('time');
  const text = document.createElement('span');
  element.append(number, time, text);
  return { element, number, time, text, step: 0, line: 0, view: null, drawn: '', y: NaN, height: NaN };
}

/** The text of an element that has nothing else. */
function write(target: HTMLElement, text: string): void {
  const only = target.firstChild;
  if (!(only instanceof Text) || only.nextSibling !== null) target.textContent = text;
  else if (only.data !== text) only.data = text;
}

/** Writes lines into rows. Text goes into text nodes alone: nothing that a log says becomes markup. */
export class Painter {
  #styles: Style[] = [{ fg: 0, bg: 0, flags: 0 }];
  #looks: (Look | undefined)[] = [];

  addStyles({ from, list }: { from: number; list: Style[] }): void {
    this.#styles.length = from;
    this.#styles.push(...list);
  }

  /** Only what is not there yet is written. */
  paint(row: Row, view: LineView | null, marks: RowMarks): void {
    const drawn = `${marks.error ? 'e' : ''}${marks.selected ? 's' : ''}${marks.slow ? 't' : ''}${marks.gap ? 'c' : ''}${marks.group ? `g${marks.group.folded ? 1 : 0}${marks.group.lines}` : ''}|${marks.time}|${marks.href}|${marks.height}`;
    const isSameText = row.view === view && (view !== null || row.drawn !== '');
    if (isSameText && row.drawn === drawn) return;
    const groupBefore = row.drawn.split('|', 1)[0]!.includes('g');
    row.drawn = drawn;
    const className = `ln${marks.error ? ' err' : ''}${marks.selected ? ' sel' : ''}${marks.group ? ' grp' : ''}${marks.slow ? ' slow' : ''}${marks.gap ? ' gap' : ''}${view === null && marks.group === null ? ' load' : ''}`;
    if (row.element.className !== className) row.element.className = className;
    if (row.height !== marks.height) row.element.style.height = `${(row.height = marks.height)}px`;
    row.number.setAttribute('href', marks.href);
    write(row.number, String(row.line));
    write(row.time, marks.time);
    if (isSameText && marks.group === null && !groupBefore) return;
    row.view = view;
    if (marks.group !== null) this.#paintGroup(row.text, marks.group);
    else if (view !== null) this.#paintText(row.text, view);
    else row.text.textContent = '';
  }

  #paintGroup(target: HTMLElement, group: NonNullable<RowMarks['group']>): void {
    const button = document.createElement('button');
    button.type = 'button';
    button.tabIndex = -1;
    button.className = 'unfold';
    button.setAttribute('aria-expanded', String(!group.folded));
    button.textContent = group.title;
    const count = document.createElement('span');
    count.className = 'subtle';
    count.textContent = `${group.lines.toLocaleString('en-US')} ${group.lines === 1 ? 'line' : 'lines'}`;
    button.append(count);
    target.replaceChildren(button);
  }

  #paintText(target: HTMLElement, { text, runs, flags }: LineView): void {
    const isTurned = (flags & WIDE) !== 0 && DIRECTIONS.test(text);
    if (runs === null && (flags & (CUT | PARTIAL)) === 0 && !isTurned) {
      write(target, text);
      return;
    }
    const plain = (part: string): (Node | string)[] => (isTurned ? part.split(DIRECTIONS).map(isolated) : [part]);
    const parts: (Node | string)[] = [];
    let at = 0;
    let style = 0;
    const push = (to: number): void => {
      if (to > at) {
        const part = plain(text.slice(at, to));
        if (style === 0) parts.push(...part);
        else parts.push(this.#styled(part, style));
      }
      at = Math.max(at, to);
    };
    for (const run of runs ?? []) {
      push(runOffset(run));
      style = runStyle(run);
    }
    push(text.length);
    if (flags & CUT) {
      const note = document.createElement('span');
      note.className = 'cut';
      note.dataset.note = ' … this line is longer: the plain text has all of it';
      parts.push(note);
    }
    target.replaceChildren(...parts);
  }

  #styled(parts: (Node | string)[], style: number): HTMLElement {
    const look = (this.#looks[style] ??= lookOf(this.#styles[style] ?? { fg: 0, bg: 0, flags: 0 }));
    const span = document.createElement('span');
    if (look.className !== '') span.className = look.className;
    if (look.color !== '') span.style.color = look.color;
    if (look.background !== '') span.style.backgroundColor = look.background;
    span.append(...parts);
    return span;
  }
}

/** A character that turns the direction turns nothing but itself, and is seen. It stays in the text, so it is also copied. */
function isolated(part: string): Node | string {
  if (!DIRECTIONS.test(part)) return part;
  const span = document.createElement('span');
  span.className = 'turn';
  span.title = `A hidden character that turns the direction of text: U+${part.codePointAt(0)!.toString(16).toUpperCase()}`;
  span.textContent = part;
  return span;
}
