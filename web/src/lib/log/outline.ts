import { isBefore } from './permalink';
import type { Group, Measured, Place, StepInfo } from './protocol';
import { FILTERED, FOLDED, MARKER, RowIndex } from './rows';

export const ROW_HEIGHT = 20;
/** Room below the lines of an open step. */
const STEP_GAP = 8;

/** What stands at one height of the page. */
export interface Item {
  step: StepOutline;
  line: number; // 0: the head of the step
  y: number;
}

/** One step as the page has it: no text, only what decides where everything stands. */
export class StepOutline {
  readonly rows = new RowIndex();
  groups: Group[] = [];
  errors: number[] = [];
  bytes = 0;
  open = false;
  /** Somebody opened or closed it: nothing else does any more. */
  touched = false;
  readonly #folded = new Set<number>(); // the first lines of groups
  #byFirst = new Map<number, Group>();
  #applied = false; // some lines are hidden by folds

  constructor(public info: StepInfo) {}

  get lines(): number {
    return this.rows.count;
  }

  groupAt(line: number): Group | undefined {
    return this.#byFirst.get(line);
  }

  isFolded(group: Group): boolean {
    return this.#folded.has(group.first);
  }

  /** Those from `from` on are these now. */
  setGroups(from: number, groups: Group[]): void {
    const first = Math.min(from, this.groups.length);
    for (const gone of this.groups.slice(first)) this.#byFirst.delete(gone.first);
    this.groups.length = first;
    for (const group of groups) {
      this.groups.push(group);
      this.#byFirst.set(group.first, group);
    }
    if (first === 0) this.#applyFolds();
    else for (const group of groups) this.#applyFold(group, 0);
    this.#applied ||= groups.length > 0;
  }

  /** Many at once: each alone would go over all lines. */
  foldAll(firsts: Iterable<number>): void {
    for (const first of firsts) this.#folded.add(first);
    this.#applyFolds();
  }

  fold(first: number, folded: boolean): void {
    if (folded) this.#folded.add(first);
    else this.#folded.delete(first);
    this.#applyFolds();
  }

  /** Unfolds every group that hides the line. Returns whether one did. */
  reveal(line: number): boolean {
    const hiding = this.groups.filter((group) => this.isFolded(group) && group.first < line && line <= group.last);
    for (const group of hiding) this.#folded.delete(group.first);
    if (hiding.length > 0) this.#applyFolds();
    return hiding.length > 0;
  }

  #applyFolds(): void {
    if (this.#applied) this.rows.hide(0, this.rows.count, FOLDED | MARKER, false);
    this.#applied = this.groups.length > 0;
    for (const group of this.groups) this.#applyFold(group, 0);
  }

  /** Lines came behind the first `known` ones: what folds hides them too. */
  applyFoldsFrom(known: number): void {
    for (const group of this.groups) if (group.last > known) this.#applyFold(group, known);
  }

  #applyFold(group: Group, known: number): void {
    if (this.isFolded(group))
      this.rows.hide(Math.max(known, group.first), Math.min(group.last, this.rows.count), FOLDED, true);
    // The line that ends a group says nothing else.
    if (group.last > group.first && group.last <= this.rows.count)
      this.rows.hide(group.last - 1, group.last, MARKER, true);
  }
}

/**
 * Where the heads and lines of all steps stand, in pixels from the top of the whole log, however long it is. It knows
 * nothing of the screen.
 */
export class Outline {
  readonly steps: StepOutline[] = [];
  readonly #byNumber = new Map<number, StepOutline>();
  #tops: number[] = [0];
  #dirty = false;
  #columns = 0;
  /** `shownTo` is the last line of each step that is shown, also when it has not come yet. */
  #filter: { context: number; shownTo: Map<number, number> } | null = null;

  constructor(public headHeight = 36) {}

  step(number: number): StepOutline | undefined {
    return this.#byNumber.get(number);
  }

  put(info: StepInfo): StepOutline {
    const known = this.#byNumber.get(info.step);
    if (known !== undefined) {
      known.info = info;
      return known;
    }
    const step = new StepOutline(info);
    step.rows.wrapAt(this.#columns);
    this.#byNumber.set(info.step, step);
    const at = this.steps.findIndex((other) => other.info.step > info.step);
    this.steps.splice(at < 0 ? this.steps.length : at, 0, step);
    this.#dirty = true;
    return step;
  }

  /** Lines came, or are known better. */
  measure({ step: number, from, total, widths, flags }: Measured): void {
    const step = this.#byNumber.get(number);
    if (step === undefined) return;
    const before = step.rows.count;
    step.rows.write(from - 1, widths, flags);
    if (total !== step.rows.count) step.rows.resize(total);
    if (step.groups.length > 0 && total > before) step.applyFoldsFrom(before);
    if (this.#filter !== null && total > before)
      step.rows.hide(Math.max(before, this.#filter.shownTo.get(number) ?? 0), total, FILTERED, true);
    this.#dirty = true;
  }

  changed(): void {
    this.#dirty = true;
  }

  wrapAt(columns: number): void {
    this.#columns = columns;
    for (const step of this.steps) step.rows.wrapAt(columns);
    this.#dirty = true;
  }

  get wraps(): boolean {
    return this.#columns > 0;
  }

  /** Shows these lines alone, and `context` lines around each; with null all of them again. */
  showOnly(lines: Map<number, Uint32Array> | null, context = 0): void {
    this.#filter = lines === null ? null : { context, shownTo: new Map() };
    for (const step of this.steps) {
      step.rows.hide(0, step.rows.count, FILTERED, lines !== null);
      const shown = lines?.get(step.info.step);
      if (shown !== undefined) this.showToo(step.info.step, shown);
    }
    this.#dirty = true;
  }

  /** More lines that a filter shows. */
  showToo(number: number, lines: Uint32Array): void {
    const step = this.#byNumber.get(number);
    if (step === undefined || this.#filter === null) return;
    const { context, shownTo } = this.#filter;
    step.rows.show(
      lines.map((line) => line - 1),
      context,
      FILTERED
    );
    if (lines.length > 0) shownTo.set(number, Math.max(shownTo.get(number) ?? 0, lines[lines.length - 1]! + context));
    this.#dirty = true;
  }

  /** Lines before this one are left out by a filter. */
  isAfterGap(step: StepOutline, line: number): boolean {
    return this.#filter !== null && this.#filter.context > 0 && line > 1 && step.rows.isFiltered(line - 2);
  }

  get widest(): number {
    return this.steps.reduce((widest, step) => (step.open ? Math.max(widest, step.rows.widest) : widest), 0);
  }

  get lines(): number {
    return this.steps.reduce((sum, step) => sum + step.lines, 0);
  }

  get height(): number {
    this.#repair();
    return this.#tops[this.steps.length]!;
  }

  topOfStep(step: StepOutline): number {
    this.#repair();
    return this.#tops[this.steps.indexOf(step)]!;
  }

  bottomOfStep(step: StepOutline): number {
    this.#repair();
    return this.#tops[this.steps.indexOf(step) + 1]!;
  }

  /** The top of a line; of one that is hidden, where it would be. Line 0 is the step's head. */
  topOf(place: Place): number {
    const step = this.#byNumber.get(place.step);
    if (step === undefined) return 0;
    const top = this.topOfStep(step);
    if (!step.open || place.line === 0) return top;
    return top + this.headHeight + step.rows.rowOf(Math.min(place.line, step.lines) - 1) * ROW_HEIGHT;
  }

  /** What stands at this height, or nothing when there is nothing at all. */
  at(y: number): Item | null {
    this.#repair();
    if (this.steps.length === 0) return null;
    let low = 0;
    let high = this.steps.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#tops[middle]! <= y) low = middle;
      else high = middle - 1;
    }
    const step = this.steps[low]!;
    const top = this.#tops[low]!;
    const row = Math.floor((y - top - this.headHeight) / ROW_HEIGHT);
    if (row < 0 || !step.open || step.rows.total === 0) return { step, line: 0, y: top };
    const line = step.rows.lineAt(row);
    return { step, line: line + 1, y: top + this.headHeight + step.rows.rowOf(line) * ROW_HEIGHT };
  }

  /** Heads and lines from the one at `from` down to `to`, in order. */
  *between(from: number, to: number): Generator<Item & { height: number }> {
    const first = this.at(Math.max(0, from));
    if (first === null) return;
    let { line, y } = first;
    for (let index = this.steps.indexOf(first.step); index < this.steps.length && y < to; index++) {
      const step = this.steps[index]!;
      if (line === 0) {
        yield { step, line: 0, y, height: this.headHeight };
        y += this.headHeight;
        line = 1;
      }
      if (step.open) {
        while (line <= step.lines && y < to) {
          const rows = step.rows.rowsOf(line - 1);
          if (rows === 0) {
            // A fold is passed over at once, however long it is.
            const row = step.rows.rowOf(line - 1);
            if (row >= step.rows.total) break;
            line = step.rows.lineAt(row) + 1;
            continue;
          }
          const height = rows * ROW_HEIGHT;
          yield { step, line, y, height };
          y += height;
          line++;
        }
      }
      y = this.#tops[index + 1]!;
      line = 0;
    }
  }

  /** The first line from `top` to `bottom`, both the top and the bottom of what is on the screen; null where only heads are. */
  firstLine(top: Place, bottom: Place): Place | null {
    const line = top.line > 0 ? top : this.neighbour(top, 1);
    return line.line > 0 && !isBefore(bottom, line) ? line : null;
  }

  /** The next line that is shown, in this direction; the same one at the ends. */
  neighbour(place: Place, direction: 1 | -1): Place {
    const start = this.steps.findIndex((step) => step.info.step === place.step);
    let line = place.line + direction;
    for (let index = start; index >= 0 && index < this.steps.length; index += direction) {
      const { rows, open, info } = this.steps[index]!;
      if (index !== start) line = direction > 0 ? 1 : rows.count;
      if (!open || rows.total === 0) continue;
      while (line >= 1 && line <= rows.count && rows.isHidden(line - 1)) {
        const row = rows.rowOf(line - 1) + (direction > 0 ? 0 : -1);
        if (row < 0 || row >= rows.total) line = direction > 0 ? rows.count + 1 : 0;
        else line = rows.lineAt(row) + 1;
      }
      if (line >= 1 && line <= rows.count) return { step: info.step, line };
    }
    return place;
  }

  #heightOf(step: StepOutline): number {
    const rows = step.open ? step.rows.total : 0;
    return this.headHeight + (rows > 0 ? rows * ROW_HEIGHT + STEP_GAP : 0);
  }

  #repair(): void {
    if (!this.#dirty) return;
    this.#dirty = false;
    this.#tops = [0];
    for (const [i, step] of this.steps.entries()) this.#tops.push(this.#tops[i]! + this.#heightOf(step));
  }
}
