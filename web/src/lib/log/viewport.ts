import type { Item, Outline, StepOutline } from './outline';
import { makeRow, type Painter, type Row, type RowMarks } from './painter';
import type { LineView, Place } from './protocol';
import { ScaledScroll } from './scroll';

/** Rows beyond both edges, so that a small movement shows nothing empty. */
const OVERSCAN = 240;
/** Lines asked for beyond those that are missing. */
const READ_AHEAD = 240;
const VIEWS_MAX = 4000;
const REQUESTS_MAX = 2;
const RETRY_MS = 2000;
/** From here on, the fractions of a pixel would get lost. */
const ORIGIN_FAR = 500_000;

interface Asked {
  step: number;
  from: number;
  to: number;
}

export interface ViewportHost {
  readonly outline: Outline;
  readonly painter: Painter;
  /** Lines [from, to] of a step are wanted; `put` and `answered` follow. */
  request: (step: number, from: number, to: number) => number;
  headOf: (step: number) => HTMLElement | undefined;
  marksOf: (step: StepOutline, line: number, view: LineView | null, height: number) => RowMarks;
  onFollow: (following: boolean) => void;
  /** After each frame: what is at the top, what is at the bottom. */
  onView: (top: Item, bottom: Item) => void;
  /** The first lines are on the screen. */
  onPainted: () => void;
}

const keyOf = (step: number, line: number): string => `${step}:${line}`;

/**
 * The part of the log that is on the screen: a few recycled rows in plain DOM, all written in one animation frame. It
 * scrolls logs of any height, and follows the end until the reader wants to look at something else.
 */
export class Viewport {
  readonly scroll = new ScaledScroll();
  following = false;
  canFollow = false;
  #rows = new Map<string, Row>();
  #spare = new Set<Row>();
  #rowOf = new WeakMap<Element, Row>();
  // What the scroller is, as far as it is known: asking it in the middle of a frame would have everything laid out anew.
  #viewHeight = 0;
  #viewWidth = 0;
  #real = 0;
  #origin = 0; // the height that is 0 for the rows
  #layerY = 0;
  #left = 0;
  #views = new Map<string, LineView>();
  #asked = new Map<number, Asked>();
  #frameRequest = 0;
  #retryTimer = 0;
  #painted = false;
  #spacerHeight = -1;
  #expression: RegExp | null = null;
  #current: Place | null = null;
  #marksDirty = false;
  #fullBefore = 0;
  #shownHeads = new Set<HTMLElement>();
  readonly #observer: ResizeObserver;
  /** The rows' own width: what is on both sides of the text, and the text's widest line. */
  minWidth = '';

  readonly #scroller: HTMLElement;
  readonly #spacer: HTMLElement;
  readonly #layer: HTMLElement;
  readonly #host: ViewportHost;
  constructor(
    scroller: HTMLElement,
    spacer: HTMLElement,
    layer: HTMLElement,
    host: ViewportHost,
    onResize: () => void
  ) {
    this.#scroller = scroller;
    this.#spacer = spacer;
    this.#layer = layer;
    this.#host = host;

    scroller.addEventListener('scroll', this.#onScroll, { passive: true });
    scroller.addEventListener('scrollend', this.#onScrollEnd);
    scroller.addEventListener('wheel', this.#onWheel, { passive: true });
    this.#measure();
    this.#observer = new ResizeObserver(() => {
      this.#measure();
      onResize();
      this.schedule();
    });
    this.#observer.observe(scroller);
  }

  destroy(): void {
    cancelAnimationFrame(this.#frameRequest);
    clearTimeout(this.#retryTimer);
    this.#observer.disconnect();
    this.#scroller.removeEventListener('scroll', this.#onScroll);
    this.#scroller.removeEventListener('scrollend', this.#onScrollEnd);
    this.#scroller.removeEventListener('wheel', this.#onWheel);
    for (const name of ['log-hit', 'log-hit-now']) CSS.highlights?.delete(name);
  }

  get height(): number {
    return this.#viewHeight;
  }
  #measure(): void {
    this.#viewHeight = this.#scroller.clientHeight;
    this.#viewWidth = this.#scroller.clientWidth;
  }
  #scrollTo(real: number): void {
    if (Math.abs(this.#real - real) <= 0.5) return;
    this.#real = real;
    this.#scroller.scrollTop = real;
  }
  get rowsShown(): number {
    return Math.ceil((this.height + OVERSCAN) / 20);
  }

  // --- what comes

  put(lines: readonly LineView[]): void {
    for (const line of lines) this.#views.set(keyOf(line.step, line.line), line);
    if (this.#views.size > VIEWS_MAX) {
      const keys = this.#views.keys();
      for (let over = this.#views.size - VIEWS_MAX; over > 0; over--) this.#views.delete(keys.next().value!);
    }
    this.schedule();
  }

  viewOf(step: number, line: number): LineView | undefined {
    return this.#views.get(keyOf(step, line));
  }

  /** The line is not what it was: its end came. */
  forget(step: number, line: number): void {
    this.#views.delete(keyOf(step, line));
  }

  answered(id: number, problem: string): void {
    this.#asked.delete(id);
    if (problem === '') this.schedule();
    else this.#retryTimer = window.setTimeout(() => this.schedule(), RETRY_MS);
  }

  /** Changes the outline without what is read moving by a pixel. */
  keepPlace(change: () => void): void {
    const { outline } = this.#host;
    const anchor = this.following ? null : outline.at(this.scroll.top);
    const offset = anchor === null ? 0 : this.scroll.top - anchor.y;
    change();
    if (anchor !== null) {
      const top = outline.topOf({ step: anchor.step.info.step, line: anchor.line }) + offset;
      if (top !== this.scroll.top) this.goTo(top);
    }
    this.schedule();
  }

  // --- where it is

  follow(following: boolean): void {
    const wanted = following && this.canFollow;
    if (wanted === this.following) return;
    this.following = wanted;
    this.#host.onFollow(wanted);
    this.schedule();
  }

  goTo(top: number): void {
    this.#layout();
    this.#scrollTo(this.scroll.go(top));
    this.schedule();
  }

  goToEnd(): void {
    this.#layout();
    this.goTo(this.scroll.topMax);
  }

  /** Brings a line to where the eye rests, unless it can be read already. */
  show(place: Place, { always = false, headHeight = 36 } = {}): void {
    this.follow(false);
    this.#layout();
    const y = this.#host.outline.topOf(place);
    const isSeen = y >= this.scroll.top + headHeight + 20 && y <= this.scroll.top + this.height - 60;
    if (always || !isSeen) this.goTo(y - Math.max(headHeight, this.height * 0.3));
    else this.schedule();
  }

  /** As far as needed to have it on the screen. */
  reveal(place: Place, headHeight: number): void {
    const y = this.#host.outline.topOf(place);
    const above = place.line === 0 ? 0 : headHeight;
    if (y < this.scroll.top + above) this.goTo(y - above);
    else if (y + 20 > this.scroll.top + this.height) this.goTo(y + 24 - this.height);
  }

  moveBy(pixels: number): void {
    if (pixels < 0) this.follow(false);
    this.goTo(this.scroll.top + pixels);
    if (pixels > 0 && this.scroll.isAtEnd) this.follow(true);
  }

  highlight(expression: RegExp | null, current: Place | null): void {
    this.#expression = expression;
    this.#current = current;
    this.#marksDirty = true;
    this.schedule();
  }

  schedule(): void {
    if (this.#frameRequest === 0) this.#frameRequest = requestAnimationFrame(this.#frame);
  }

  // --- what the reader does

  readonly #onWheel = (event: WheelEvent): void => {
    if (event.deltaY < 0) this.follow(false);
  };

  readonly #onScroll = (): void => {
    const real = this.#scroller.scrollTop;
    this.#real = real;
    this.#left = this.#scroller.scrollLeft;
    const before = this.scroll.top;
    // Content that grew or shrank moves the scroller too; that says nothing about the reader.
    const isReader = this.scroll.full === this.#fullBefore;
    this.#fullBefore = this.scroll.full;
    const better = this.scroll.moved(real);
    if (better !== null) this.#scrollTo(better);
    if (isReader && this.scroll.top < before - 1) this.follow(false);
    else if (isReader && this.scroll.top > before + 1 && this.scroll.isAtEnd) this.follow(true);
    this.schedule();
  };

  readonly #onScrollEnd = (): void => {
    if (!this.scroll.isScaled || this.following) return;
    this.#scrollTo(this.scroll.settled());
    this.schedule();
  };

  // --- drawing

  #layout(): void {
    this.scroll.full = this.#host.outline.height;
    this.scroll.view = this.height;
    const height = this.scroll.realHeight;
    if (height !== this.#spacerHeight) {
      this.#spacerHeight = height;
      this.#spacer.style.height = `${height}px`;
    }
    if (this.#spacer.style.minWidth !== this.minWidth) this.#spacer.style.minWidth = this.minWidth;
  }

  readonly #frame = (): void => {
    this.#frameRequest = 0;
    const { outline } = this.#host;
    this.#layout();
    if (this.following) {
      this.#scrollTo(this.scroll.go(this.scroll.topMax));
    } else if (this.scroll.top > this.scroll.topMax) this.goTo(this.scroll.topMax);
    const { top } = this.scroll;
    const shift = this.#real - top;
    const items = [...outline.between(top - OVERSCAN, top + this.height + OVERSCAN)];
    this.#place(items, shift);
    const bottom = outline.at(Math.min(this.scroll.full - 1, top + this.height - 1));
    const first = outline.at(top);
    if (first !== null && bottom !== null) this.#host.onView(first, bottom);
  };

  #place(items: readonly (Item & { height: number })[], shift: number): void {
    this.#moveLayer(shift);
    const heads = new Set<HTMLElement>();
    const lines = items.filter((item) => item.line > 0);
    const wanted = new Set(lines.map((item) => keyOf(item.step.info.step, item.line)));
    const isSelecting = document.getSelection()?.isCollapsed === false;
    for (const [key, row] of this.#rows) {
      if (wanted.has(key)) continue;
      // A row in which the reader's selection begins stays, out of sight.
      if (isSelecting && row.element.contains(document.getSelection()!.anchorNode)) {
        row.element.style.transform = 'translateY(-9999px)';
        row.y = NaN;
        continue;
      }
      this.#rows.delete(key);
      this.#spare.add(row);
    }
    let next: Element | null = this.#layer.firstElementChild;
    const missing: (Asked & { y: number })[] = [];
    const middle = this.scroll.top + this.height / 2;
    for (const item of items) {
      const step = item.step.info.step;
      if (item.line === 0) {
        const head = this.#host.headOf(step);
        if (head === undefined) continue;
        heads.add(head);
        head.hidden = false;
        head.style.width = `${this.#viewWidth}px`;
        head.style.transform = `translate(${this.#left}px, ${item.y + shift}px)`;
        continue;
      }
      const key = keyOf(step, item.line);
      let row = this.#rows.get(key);
      if (row === undefined) {
        // The row that stands here is taken when it is free: most often none has to be moved.
        const here = next === null ? undefined : this.#rowOf.get(next);
        row = here !== undefined && this.#spare.has(here) ? here : this.#takeRow();
        this.#spare.delete(row);
        row.step = step;
        row.line = item.line;
        row.view = null;
        row.drawn = '';
        if (row.element.hidden) row.element.hidden = false;
        this.#rows.set(key, row);
      } else {
        // Rows stand in the document as they do on the screen, so that a selection of text goes over them in order.
        while (next !== null && next !== row.element && this.#spare.has(this.#rowOf.get(next)!))
          next = next.nextElementSibling;
      }
      if (row.element === next) next = next.nextElementSibling;
      else this.#layer.insertBefore(row.element, next);
      const view = this.#views.get(key) ?? null;
      const marks = this.#host.marksOf(item.step, item.line, view, item.height);
      // A folded group is drawn from its title: to bring its line, a page of hidden ones would have to come along.
      if (view === null && marks.group?.folded !== true) {
        const last = missing.at(-1);
        if (last?.step === step && item.line - last.to < READ_AHEAD) last.to = item.line;
        else missing.push({ step, from: item.line, to: item.line, y: item.y });
      }
      const before = row.view;
      // What was there stays until its new text is here.
      this.#host.painter.paint(row, view ?? row.view, marks);
      if (row.view !== before) this.#marksDirty = true;
      const y = item.y - this.#origin;
      if (row.y !== y) {
        row.y = y;
        row.element.style.transform = `translateY(${y}px)`;
      }
    }
    for (const row of this.#spare) if (!row.element.hidden) row.element.hidden = true;
    for (const head of this.#shownHeads) if (!heads.has(head)) head.hidden = true;
    this.#shownHeads = heads;
    if (this.#marksDirty) this.#mark();
    // What the eye rests on comes first.
    missing.sort((a, b) => Math.abs(a.y - middle) - Math.abs(b.y - middle));
    if (missing.length > 0) this.#ask(missing);
    else if (!this.#painted && lines.length > 0) {
      this.#painted = true;
      this.#host.onPainted();
    }
  }

  /**
   * Rows stand where they are in the layer while it is the layer that moves: of what is followed, each row gets new text at
   * the same place; of what is scrolled, each keeps its place.
   */
  #moveLayer(shift: number): void {
    const { top } = this.scroll;
    if (this.following || Math.abs(top - this.#origin) > ORIGIN_FAR) this.#origin = top;
    const y = this.#origin + shift;
    if (y === this.#layerY) return;
    this.#layerY = y;
    this.#layer.style.transform = `translateY(${y}px)`;
  }

  #takeRow(): Row {
    for (const row of this.#spare) return row;
    const row = makeRow();
    this.#rowOf.set(row.element, row);
    return row;
  }

  #ask(missing: readonly Asked[]): void {
    for (const { step, from, to } of missing) {
      if (this.#asked.size >= REQUESTS_MAX) return;
      const isAsked = [...this.#asked.values()].some(
        (other) => other.step === step && other.from <= from && other.to >= to
      );
      if (isAsked) continue;
      const range = { step, from: Math.max(1, from - READ_AHEAD), to: to + READ_AHEAD };
      this.#asked.set(this.#host.request(range.step, range.from, range.to), range);
    }
  }

  /** Marks what was searched for, without touching the rows. */
  #mark(): void {
    this.#marksDirty = false;
    if (typeof CSS === 'undefined' || CSS.highlights === undefined) return;
    const hits = new Highlight();
    const now = new Highlight();
    now.priority = 1;
    if (this.#expression !== null) {
      for (const row of this.#rows.values()) {
        if (row.view === null) continue;
        const isCurrent = this.#current?.step === row.step && this.#current.line === row.line;
        for (const range of rangesIn(row.text, this.#expression)) (isCurrent ? now : hits).add(range);
      }
    }
    CSS.highlights.set('log-hit', hits);
    CSS.highlights.set('log-hit-now', now);
  }
}

const RANGES_MAX = 200;

function rangesIn(root: HTMLElement, expression: RegExp): Range[] {
  const text = root.textContent ?? '';
  const ranges: Range[] = [];
  expression.lastIndex = 0;
  for (let match = expression.exec(text); match !== null && ranges.length < RANGES_MAX; match = expression.exec(text)) {
    if (match[0] === '') {
      expression.lastIndex++;
      continue;
    }
    const range = rangeOf(root, match.index, match.index + match[0].length);
    if (range !== null) ranges.push(range);
  }
  return ranges;
}

function rangeOf(root: HTMLElement, from: number, to: number): Range | null {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  let at = 0;
  let begun = false;
  for (let node = walker.nextNode() as Text | null; node !== null; node = walker.nextNode() as Text | null) {
    const end = at + node.data.length;
    if (!begun && from < end) {
      range.setStart(node, from - at);
      begun = true;
    }
    if (begun && to <= end) {
      range.setEnd(node, to - at);
      return range;
    }
    at = end;
  }
  return null;
}
