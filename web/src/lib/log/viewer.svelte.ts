// One attempt's log as a page shows it: what is open, folded, selected, searched for and followed. The worker has the
// lines, the outline knows where they stand, the viewport draws those on the screen.
import { duration } from '$lib/format';
import { ErrorLines } from './errors.svelte';
import { Finder } from './finder.svelte';
import { stepFrom } from './hits';
import type { OpenLink, WorkerLink } from './link';
import { Outline, type Item, type StepOutline } from './outline';
import { Painter, type RowMarks } from './painter';
import { hashOf, holds, isBefore, isSame, rangeOf, type LineRange } from './permalink';
import type { FromWorker, Group, Grown, LineView, LiveState, Opened, Place, StepInfo } from './protocol';
import { onClock, sinceBefore, sinceStart, SLOW_MS, timeModes, type TimeMode } from './times';
import { Viewport } from './viewport';

/** What stands beside the log changes at most this often. */
const TOLD_MS = 250;
const HEAD_HEIGHT = 36;
const HEAD_HEIGHT_NARROW = 44;
export const NARROW_PX = 640;

export interface StepSummary extends StepInfo {
  lines: number;
  open: boolean;
}
interface Options {
  open: OpenLink;
  api: string;
  job: string;
  attempt: number | null;
  aim: LineRange | null;
  stored?: Pick<Storage, 'getItem' | 'setItem'>;
}

export class LogViewer {
  live: LiveState = $state('loading');
  liveDetail = $state('');
  problem: { status: number; detail: string } | null = $state.raw(null);
  attempt = $state(0);
  complete = $state(false);
  steps: StepSummary[] = $state.raw([]);
  lines = $state(0);
  bytes = $state(0);
  following = $state(false);
  /** Lines that came since the reader looks at something else. */
  unseen = $state(0);
  top: Place = $state.raw({ step: 0, line: 0 });
  bottom: Place = $state.raw({ step: 0, line: 0 });
  stuck: StepSummary | null = $state.raw(null);
  /** The step that the reader looks at. */
  reading = $state(0);
  selection: LineRange | null = $state.raw(null);
  wrap = $state(true);
  times: TimeMode = $state('step');
  narrow = $state(false);
  linesProblem = $state('');
  /** The first lines are on the screen, or there are none. */
  shown = $state(false);
  /** Grows when the outline's marks may stand elsewhere. */
  mapVersion = $state(0);

  readonly outline = new Outline(HEAD_HEIGHT);
  readonly painter = new Painter();
  readonly finder: Finder;
  readonly errors: ErrorLines;
  viewport: Viewport | null = null;
  /** Elements that stand for the heads of the steps. */
  readonly heads = new Map<number, HTMLElement>();
  onSelect: (selection: LineRange | null) => void = () => {};

  readonly #link: WorkerLink;
  readonly #stored: Options['stored'];
  #aim: LineRange | null;
  #nextId = 1;
  #texts = new Map<number, { resolve: (text: string) => void; reject: (error: Error) => void }>();
  #toldTimer: ReturnType<typeof setTimeout> | undefined;
  #linesSeen = 0;
  #firstError: Place | null = null;
  #went: Place | null = null; // where the reader went by a link, a key or a click
  #anchor: Place | null = null; // the end of a range that stays
  #opened = false;
  #charWidth = 0;

  constructor({ open, api, job, attempt, aim, stored }: Options) {
    this.#aim = aim;
    this.#stored = stored;
    const ask = (place: Place): number => this.#askLines(place.step, place.line, place.line);
    this.errors = new ErrorLines(ask, (step) => this.nameOf(step));
    this.finder = new Finder(this, {
      ask: (query) => {
        const id = this.#nextId++;
        this.#link.send({ type: 'search', id, query });
        this.mapVersion++;
        return id;
      },
      changed: () => this.#tell()
    });
    this.#readChoices();
    this.#link = open((message) => this.receive(message));
    this.#link.send({ type: 'open', api, job, attempt, aim: aim?.from ?? null });
  }

  close(): void {
    this.finder.close();
    this.errors.close();
    clearTimeout(this.#toldTimer);
    this.viewport?.destroy();
    this.#link.close();
  }

  attach(scroller: HTMLElement, spacer: HTMLElement, layer: HTMLElement): void {
    this.viewport = new Viewport(
      scroller,
      spacer,
      layer,
      {
        outline: this.outline,
        painter: this.painter,
        request: (step, from, to) => this.#askLines(step, from, to),
        headOf: (step) => this.heads.get(step),
        marksOf: (step, line, view, height) => this.#marksOf(step, line, view, height),
        onFollow: (following) => this.#onFollow(following),
        onView: (top, bottom) => this.#onView(top, bottom),
        onPainted: () => (this.shown = true)
      },
      () => this.#resized(scroller)
    );
    this.#resized(scroller);
    if (this.#opened) this.#begin();
  }

  setVisible(visible: boolean): void {
    this.#link.send({ type: 'visible', visible });
  }

  // --- what the worker says

  receive(message: FromWorker): void {
    switch (message.type) {
      case 'opened':
        this.#onOpened(message);
        break;
      case 'grown':
        this.#onGrown(message);
        break;
      case 'live':
        this.live = message.state;
        this.liveDetail = message.detail;
        if (this.viewport !== null)
          this.viewport.canFollow = message.state === 'live' || message.state === 'reconnecting';
        if (message.state === 'ended') this.viewport?.follow(false);
        break;
      case 'lines':
        this.#onLines(message);
        break;
      case 'text': {
        const waiting = this.#texts.get(message.id);
        this.#texts.delete(message.id);
        if (message.problem === '') waiting?.resolve(message.text);
        else waiting?.reject(new Error(message.problem));
        break;
      }
      case 'hits':
        this.finder.receive(message);
        this.mapVersion++;
        break;
      case 'problem':
        this.problem = { status: message.status, detail: message.detail };
        this.shown = true;
        break;
    }
  }

  #onOpened(message: Opened): void {
    const isFirst = !this.#opened;
    this.#opened = true;
    this.attempt = message.attempt;
    this.complete = message.complete;
    this.errors.reset(message.steps, message.errorsTotal);
    const change = (): void => {
      for (const told of message.steps) {
        const step = this.outline.put(told);
        step.rows.resize(told.lines);
        step.bytes = told.bytes;
        step.errors = told.errors;
        step.setGroups(0, told.groups);
        if (isFirst) this.#foldGroups(step);
      }
      if (isFirst) this.#openSteps(message);
      this.outline.changed();
    };
    if (this.viewport === null) change();
    else this.viewport.keepPlace(change);
    this.bytes = message.steps.reduce((sum, step) => sum + step.bytes, 0);
    this.#linesSeen = this.outline.lines;
    this.#tell();
    if (isFirst && message.firstError !== null)
      this.errors.at = this.errors.places.findIndex((place) => isSame(place, message.firstError!));
    this.#firstError = message.firstError;
    if (isFirst && this.viewport !== null) this.#begin();
  }

  /** Groups that have ended are folded, apart from those with an error. */
  #foldGroups(step: StepOutline): void {
    const hasError = ({ first, last }: Group): boolean => step.errors.some((line) => line >= first && line <= last);
    step.foldAll(
      step.groups.filter((group) => Number.isFinite(group.last) && !hasError(group)).map((group) => group.first)
    );
  }

  /** What failed and what runs is open; of a log in which all is well, its last step. */
  #openSteps(message: Opened): void {
    let any = false;
    for (const step of this.outline.steps) {
      step.open =
        ['failed', 'timed_out', 'running'].includes(step.info.state) || step.info.step === message.firstError?.step;
      any ||= step.open;
    }
    if (!any) {
      const last = this.outline.steps.findLast((step) => step.lines > 0 && !step.info.background);
      if (last !== undefined) last.open = true;
    }
  }

  /** Goes to where the reader wanted to be: the place of the link, the first error, what happens now, or the end. */
  #begin(): void {
    const viewport = this.viewport!;
    viewport.canFollow = !this.complete;
    if (this.outline.lines === 0) this.shown = true;
    if (this.#aim !== null && this.outline.step(this.#aim.from.step) !== undefined) {
      this.select(this.#aim, { tell: false });
      this.goTo(this.#aim.from, true);
    } else if (this.#firstError !== null) this.goTo(this.#firstError, true);
    else if (!this.complete) viewport.follow(true);
    else viewport.goToEnd();
    this.#aim = null;
    viewport.schedule();
  }

  #onGrown(message: Grown): void {
    const { viewport } = this;
    if (message.styles !== null) this.painter.addStyles(message.styles);
    const change = (): void => {
      for (const info of message.steps) this.#takeStep(info);
      for (const lines of message.lines) {
        // The line whose end had not come is another one now.
        viewport?.forget(lines.step, lines.from);
        this.outline.measure(lines);
        const step = this.outline.step(lines.step);
        if (step !== undefined && !step.open && !step.touched && this.following) step.open = true;
      }
      for (const { step, from, groups } of message.groups) this.outline.step(step)?.setGroups(from, groups);
      this.outline.changed();
    };
    if (viewport === null) change();
    else viewport.keepPlace(change);
    viewport?.put(message.tail);
    for (const place of message.errors)
      if (this.errors.add(place)) this.outline.step(place.step)?.errors.push(place.line);
    this.bytes = Math.max(this.bytes, message.bytes);
    this.#tellSoon();
  }

  #takeStep(info: StepInfo): void {
    const isKnown = this.outline.step(info.step) !== undefined;
    const before = this.outline.step(info.step)?.info.state;
    const step = this.outline.put(info);
    if (!step.touched && info.state === 'running' && (before !== 'running' || !isKnown)) {
      step.open = true;
      // The steps before it that went well are told by their heads, when nobody reads them.
      if (this.following) {
        for (const other of this.outline.steps) {
          if (other !== step && other.info.step < info.step && other.info.state === 'succeeded' && !other.touched)
            other.open = false;
        }
      }
    }
    if (info.state === 'failed' || info.state === 'timed_out') if (!step.touched) step.open = true;
  }

  #onLines(message: FromWorker & { type: 'lines' }): void {
    if (message.styles !== null) this.painter.addStyles(message.styles);
    this.linesProblem = message.problem;
    const isError = this.errors.receive(message.id, message.lines);
    if (isError) this.#tellSoon();
    const change = (): void => {
      for (const measured of message.measured) this.outline.measure(measured);
    };
    if (this.viewport === null) change();
    else if (message.measured.length > 0) this.viewport.keepPlace(change);
    if (!isError) {
      this.viewport?.put(message.lines);
      this.viewport?.answered(message.id, message.problem);
    }
  }

  // --- what stands beside the log

  #tellSoon(): void {
    this.#toldTimer ??= setTimeout(() => this.#tell(), TOLD_MS);
  }

  #tell(): void {
    clearTimeout(this.#toldTimer);
    this.#toldTimer = undefined;
    this.lines = this.outline.lines;
    if (this.following) this.#linesSeen = this.lines;
    this.unseen = Math.max(0, this.lines - this.#linesSeen);
    this.steps = this.outline.steps.map((step) => this.#summaryOf(step));
    this.errors.tell(this.complete);
    this.stuck = this.stuck === null ? null : (this.steps.find((step) => step.step === this.stuck!.step) ?? null);
    this.mapVersion++;
    if (this.#digits !== this.#digitsNow() || (!this.wrap && this.#widest !== this.outline.widest)) this.#resized();
  }

  /** A step took an hour or longer: its times need more room. */
  #isLong(): boolean {
    const hour = 3_600_000;
    return this.outline.steps.some(
      ({ info }) => (info.durationMs ?? (info.startedAt === null ? 0 : Date.now() - info.startedAt)) >= hour
    );
  }

  #digits = 0;
  #widest = 0;
  #digitsNow(): number {
    return Math.max(4, ...this.outline.steps.map((step) => String(step.lines).length));
  }

  #summaryOf(step: StepOutline): StepSummary {
    return { ...step.info, lines: step.lines, open: step.open };
  }

  #askLines(step: number, from: number, to: number): number {
    const id = this.#nextId++;
    this.#link.send({ type: 'lines', id, step, from, to });
    return id;
  }

  /** What a step is called, also where its file gives it no name. */
  nameOf(number: number): string {
    return nameOfStep(this.outline.step(number)?.info ?? { step: number, name: '' });
  }

  #marksOf(step: StepOutline, line: number, view: LineView | null, height: number): RowMarks {
    const place = { step: step.info.step, line };
    const group = step.groupAt(line);
    return {
      error: this.errors.has(place),
      selected: this.selection !== null && holds(this.selection, place),
      group:
        group === undefined
          ? null
          : {
              title: group.title,
              folded: step.isFolded(group),
              lines: Math.max(0, Math.min(group.last, step.lines) - group.first - (group.last <= step.lines ? 1 : 0))
            },
      ...this.#timeOf(step, line, view),
      gap: this.outline.isAfterGap(step, line),
      href: hashOf({ from: place, to: place }),
      height
    };
  }

  #timeOf(step: StepOutline, line: number, view: LineView | null): { time: string; slow: boolean } {
    const { times } = this;
    const time = view?.time ?? null;
    if (this.narrow || times === 'off' || time === null) return { time: '', slow: false };
    if (times === 'clock') return { time: onClock(time), slow: false };
    const isFirst = times === 'step' || line === 1;
    const from = isFirst ? step.info.startedAt : (this.viewport?.viewOf(step.info.step, line - 1)?.time ?? null);
    if (from === null) return { time: '', slow: false };
    if (times === 'step') return { time: sinceStart(time - from), slow: false };
    return { time: sinceBefore(time - from), slow: time - from >= SLOW_MS };
  }

  #onFollow(following: boolean): void {
    this.following = following;
    this.#link.send({ type: 'follow', rows: following ? (this.viewport?.rowsShown ?? 0) : 0 });
    this.#linesSeen = this.outline.lines;
    this.unseen = 0;
  }

  #onView(top: Item, bottom: Item): void {
    const topPlace = { step: top.step.info.step, line: top.line };
    const bottomPlace = { step: bottom.step.info.step, line: bottom.line };
    const isStuck = top.step.open && top.step.lines > 0 && this.viewport!.scroll.top > this.outline.topOfStep(top.step);
    const wanted = isStuck ? top.step.info.step : null;
    if ((this.stuck?.step ?? null) !== wanted) this.stuck = isStuck ? this.#summaryOf(top.step) : null;
    this.reading = this.#stepRead(topPlace, bottomPlace);
    if (!isSame(topPlace, this.top)) this.top = topPlace;
    if (!isSame(bottomPlace, this.bottom)) this.bottom = bottomPlace;
  }

  /** Where the reader went, as long as it is on the screen; else the first line that is there, or the newest when it follows. */
  #stepRead(top: Place, bottom: Place): number {
    if (this.following) return bottom.step;
    const went = this.#went;
    if (went !== null && !isBefore(went, top) && !isBefore(bottom, went)) return went.step;
    this.#went = null;
    return (this.outline.firstLine(top, bottom) ?? top).step;
  }

  get headHeight(): number {
    return this.outline.headHeight;
  }

  // --- folding

  toggleStep(number: number): void {
    const step = this.outline.step(number);
    const { viewport } = this;
    if (step === undefined || viewport === null) return;
    const y = Math.max(0, this.outline.topOfStep(step) - viewport.scroll.top);
    step.open = !step.open;
    step.touched = true;
    this.outline.changed();
    // The head stays where it is under the pointer, also when it was stuck to the edge.
    if (!this.following) viewport.goTo(this.outline.topOfStep(step) - y);
    viewport.schedule();
    this.#tell();
  }

  toggleGroup(number: number, first: number, folded?: boolean): void {
    const step = this.outline.step(number);
    const group = step?.groupAt(first);
    if (step === undefined || group === undefined || this.viewport === null) return;
    const { viewport } = this;
    viewport.follow(false);
    const place = { step: number, line: group.first };
    // The group's row stays where it is; when its line is above the view, the row comes below the step's head.
    const y = Math.max(this.headHeight, this.outline.topOf(place) - viewport.scroll.top);
    step.fold(first, folded ?? !step.isFolded(group));
    this.outline.changed();
    viewport.goTo(this.outline.topOf(place) - y);
    this.mapVersion++;
  }

  /** Folds or unfolds the group that holds the cursor, or else its step. */
  foldAtCursor(folded: boolean): void {
    const place = this.selection?.from ?? this.top;
    const step = this.outline.step(place.step);
    if (step === undefined) return;
    const around = step.groups.filter((group) => group.first <= place.line && place.line <= group.last);
    const group = folded ? around.findLast((one) => !step.isFolded(one)) : around.find((one) => step.isFolded(one));
    if (group !== undefined) {
      this.toggleGroup(place.step, group.first, folded);
      this.select({ from: { step: place.step, line: group.first }, to: { step: place.step, line: group.first } });
    } else if (step.open === folded) this.toggleStep(place.step);
  }

  // --- going somewhere

  #expose(place: Place): void {
    const step = this.outline.step(place.step);
    if (step === undefined || this.viewport === null) return;
    if (this.finder.filtering) this.finder.setFilter(false);
    if (!step.open || step.groups.some((group) => step.isFolded(group))) {
      step.open = true;
      step.reveal(place.line);
      this.outline.changed();
      this.#tell();
    }
  }

  goTo(place: Place, always = false): void {
    this.#expose(place);
    this.#went = place;
    this.viewport?.show(place, { always, headHeight: this.headHeight });
  }

  goToStep(number: number): void {
    const step = this.outline.step(number);
    const { viewport } = this;
    if (step === undefined || viewport === null) return;
    viewport.follow(false);
    if (!step.open) this.toggleStep(number);
    this.#went = { step: number, line: 0 };
    viewport.goTo(this.outline.topOfStep(step));
  }

  nextStep(direction: 1 | -1): void {
    const index = this.outline.steps.findIndex((step) => step.info.step === this.top.step);
    const isInside =
      direction < 0 &&
      this.viewport !== null &&
      this.viewport.scroll.top > this.outline.topOf({ step: this.top.step, line: 0 }) + 1;
    const next = this.outline.steps[isInside ? index : index + direction];
    if (next !== undefined) this.goToStep(next.info.step);
  }

  nextError(direction: 1 | -1): void {
    const { at: now, places } = this.errors;
    const at = stepFrom(places, now >= 0 ? (places[now] ?? null) : this.top, direction);
    if (at >= 0) this.goToError(at);
  }

  goToError(index: number): void {
    const place = this.errors.places[index];
    if (place === undefined) return;
    this.errors.at = index;
    this.select({ from: place, to: place });
    this.goTo(place);
  }

  goToStart(): void {
    this.viewport?.follow(false);
    this.viewport?.goTo(0);
  }

  goToEnd(): void {
    if (this.viewport?.canFollow) this.viewport.follow(true);
    else this.viewport?.goToEnd();
  }

  toggleFollow(): void {
    this.viewport?.follow(!this.following);
  }

  movePage(part: number): void {
    if (this.viewport !== null) this.viewport.moveBy(Math.round((this.viewport.height - 60) * part));
  }

  // --- selecting lines

  select(selection: LineRange | null, { tell = true } = {}): void {
    this.selection = selection;
    this.#went = this.#anchor = selection?.from ?? null;
    this.viewport?.schedule();
    if (tell) this.onSelect(selection);
  }

  clickLine(place: Place, extend: boolean): void {
    this.viewport?.follow(false);
    if (extend && this.#anchor !== null) this.#extendTo(place);
    else if (this.selection !== null && isSame(this.selection.from, place) && isSame(this.selection.to, place))
      this.select(null);
    else this.select({ from: place, to: place });
  }

  #extendTo(place: Place): void {
    const anchor = this.#anchor!;
    this.selection = rangeOf(anchor, place);
    this.#went = place;
    this.viewport?.schedule();
    this.onSelect(this.selection);
  }

  moveCursor(direction: 1 | -1, extend = false): void {
    const { viewport } = this;
    if (viewport === null) return;
    const anchor = this.#anchor;
    const cursor =
      this.selection === null
        ? null
        : anchor !== null && isSame(anchor, this.selection.from)
          ? this.selection.to
          : this.selection.from;
    let next: Place;
    if (cursor === null) {
      next =
        this.top.line > 0 && !this.following
          ? this.outline.neighbour(this.top, 1)
          : this.outline.neighbour({ step: this.bottom.step, line: this.bottom.line + 1 }, -1);
    } else next = this.outline.neighbour(cursor, direction);
    viewport.follow(false);
    if (extend && anchor !== null) this.#extendTo(next);
    else this.select({ from: next, to: next });
    viewport.reveal(next, this.headHeight);
  }

  selectAll(): void {
    const steps = this.outline.steps.filter((step) => step.lines > 0);
    const first = steps[0];
    const last = steps.at(-1);
    if (first === undefined || last === undefined) return;
    this.selection = { from: { step: first.info.step, line: 1 }, to: { step: last.info.step, line: last.lines } };
    this.#anchor = this.selection.from;
    this.viewport?.schedule();
  }

  /** The text of lines, without numbers, times and colours. */
  textOf(range: LineRange): Promise<string> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#texts.set(id, { resolve, reject });
      this.#link.send({ type: 'text', id, from: range.from, to: range.to });
    });
  }

  // --- how it looks

  setWrap(wrap: boolean): void {
    this.wrap = wrap;
    this.#resized();
    this.#storeChoices();
  }

  setTimes(times: TimeMode): void {
    this.times = times;
    this.#resized();
    this.#storeChoices();
  }

  toggleAnnouncing(): void {
    this.errors.setAnnouncing(!this.errors.announcing);
    this.#storeChoices();
  }

  nextTimes(): void {
    this.setTimes(timeModes[(timeModes.indexOf(this.times) + 1) % timeModes.length]!);
  }

  gutter = $state(64);
  timeWidth = $state(0);
  columns = $state(0);
  #scroller: HTMLElement | null = null;

  #resized(scroller = this.#scroller): void {
    if (scroller === null) return;
    this.#scroller = scroller;
    this.#charWidth ||= charWidthIn(scroller);
    this.narrow = scroller.clientWidth < NARROW_PX;
    const headHeight = this.narrow ? HEAD_HEIGHT_NARROW : HEAD_HEIGHT;
    this.#digits = this.#digitsNow();
    this.gutter = Math.ceil(this.#digits * this.#charWidth) + (this.narrow ? 22 : 32);
    this.timeWidth =
      this.narrow || this.times === 'off'
        ? 0
        : Math.ceil(
            (this.times === 'clock' || this.#isLong() ? 12 : this.times === 'delta' ? 10 : 9) * this.#charWidth
          ) + 12;
    const room = scroller.clientWidth - this.gutter - this.timeWidth - (this.narrow ? 12 : 24);
    const columns = this.wrap ? Math.max(20, Math.floor((room - 1) / this.#charWidth)) : 0;
    const change = (): void => {
      this.columns = columns;
      this.outline.headHeight = headHeight;
      this.outline.wrapAt(columns);
    };
    if (this.viewport === null) change();
    else this.viewport.keepPlace(change);
    this.#widen();
  }

  #widen(): void {
    if (this.viewport === null) return;
    this.#widest = this.outline.widest;
    this.viewport.minWidth = this.wrap
      ? ''
      : `${Math.ceil(this.gutter + this.timeWidth + (this.outline.widest + 2) * this.#charWidth + 24)}px`;
    this.viewport.schedule();
  }

  #readChoices(): void {
    try {
      const choices = JSON.parse(this.#stored?.getItem('log') ?? '{}') as Record<string, unknown>;
      if (typeof choices.wrap === 'boolean') this.wrap = choices.wrap;
      const times = timeModes.find((mode) => mode === choices.times);
      if (times !== undefined) this.times = times;
      this.errors.announcing = choices.announce === true;
    } catch {
      // What is stored there is not ours, or there is no storage: the defaults are fine.
    }
  }

  #storeChoices(): void {
    try {
      this.#stored?.setItem(
        'log',
        JSON.stringify({ wrap: this.wrap, times: this.times, announce: this.errors.announcing })
      );
    } catch {
      // Without storage the choice holds as long as the page.
    }
  }
}

function charWidthIn(element: HTMLElement): number {
  const probe = document.createElement('span');
  probe.className = 'log probe';
  probe.textContent = '0'.repeat(100);
  element.append(probe);
  const width = probe.getBoundingClientRect().width / 100;
  probe.remove();
  return width > 0 ? width : 7.2;
}

/** What a step has to say beside its name: how long it took. */
export function stepTime(step: StepInfo, now: number): string {
  if (step.durationMs !== null) return duration(step.durationMs);
  if (step.state === 'running' && step.startedAt !== null) return duration(Math.max(0, now - step.startedAt));
  return '';
}

export const nameOfStep = ({ step, name }: Pick<StepInfo, 'step' | 'name'>): string =>
  name || (step < 0 ? 'Set up' : `Step ${step + 1}`);
