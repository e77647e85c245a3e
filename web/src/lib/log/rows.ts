import { WIDE } from './ansi';

const BLOCK = 1024;

/** Why a line is not shown: several reasons may hold at once. */
export const MARKER = 0x20;
export const FOLDED = 0x40;
export const FILTERED = 0x80;
const HIDDEN_BITS = MARKER | FOLDED | FILTERED;

/**
 * How many rows each line of a step takes, and so which line a row shows, while lines fold, wrap and are filtered. Sums are
 * kept for blocks of lines and repaired where something changed, so that each question is answered in microseconds
 * for millions of lines. Lines are counted from 0 here.
 */
export class RowIndex {
  count = 0;
  #columns = 0; // 0: lines do not wrap
  #widths = new Uint16Array(BLOCK);
  #state = new Uint8Array(BLOCK); // flags of the line and why it is hidden
  #sums = new Uint32Array(1); // rows of each block
  #before = new Uint32Array(2); // rows before each block
  #stale = 0; // first block whose `before` is not right
  /** The widest line so far. */
  widest = 0;

  /** There are this many lines; new ones are not measured yet and take one row each. */
  resize(count: number): void {
    if (count === this.count) return;
    const from = Math.min(count, this.count);
    this.#reserve(count);
    this.#widths.fill(0, from, count);
    this.#state.fill(0, from, count);
    this.count = count;
    // Whole blocks of new lines need not be counted line by line: there may be millions.
    const whole = Math.min(this.#blocks, Math.ceil(from / BLOCK));
    this.#sum(from, Math.max(whole * BLOCK, from + 1));
    for (let block = whole; block < this.#blocks; block++)
      this.#sums[block] = Math.min(count, (block + 1) * BLOCK) - block * BLOCK;
    this.#stale = Math.min(this.#stale, whole);
  }

  /** Lines [from, from + widths.length) are this wide. Those beyond the end are added. */
  write(from: number, widths: Uint16Array, flags: Uint8Array): void {
    if (widths.length === 0) return;
    const end = from + widths.length;
    if (from > this.count) this.resize(from);
    this.#reserve(end);
    const fresh = Math.max(from, this.count);
    this.#state.fill(0, fresh, end);
    this.count = Math.max(this.count, end);
    this.#widths.set(widths, from);
    for (let i = 0; i < widths.length; i++) {
      this.#state[from + i] = (this.#state[from + i]! & HIDDEN_BITS) | (flags[i]! & ~HIDDEN_BITS);
      if (widths[i]! > this.widest) this.widest = widths[i]!;
    }
    this.#sum(from, end);
  }

  wrapAt(columns: number): void {
    if (columns === this.#columns) return;
    this.#columns = columns;
    this.#sum(0, this.count);
  }

  hide(from: number, to: number, why: number, hidden: boolean): void {
    const end = Math.min(to, this.count);
    if (end <= from) return;
    for (let i = from; i < end; i++) this.#state[i] = hidden ? this.#state[i]! | why : this.#state[i]! & ~why;
    if (!hidden) {
      this.#sum(from, end);
      return;
    }
    // A block that is hidden whole has no rows, however long its lines are.
    const first = Math.ceil(from / BLOCK);
    const last = Math.max(first, end === this.count ? this.#blocks : Math.floor(end / BLOCK));
    this.#sums.fill(0, first, last);
    this.#stale = Math.min(this.#stale, first);
    if (from < first * BLOCK) this.#sum(from, Math.min(end, first * BLOCK));
    if (last * BLOCK < end) this.#sum(last * BLOCK, end);
  }

  /** Takes a reason to be hidden from these lines and from `around` lines on both sides of each: from thousands of them at once. */
  show(lines: Iterable<number>, around: number, why: number): void {
    const changed = new Set<number>();
    for (const line of lines) {
      const end = Math.min(this.count, line + 1 + around);
      for (let i = Math.max(0, line - around); i < end; i++) {
        this.#state[i] = this.#state[i]! & ~why;
        changed.add(Math.floor(i / BLOCK));
      }
    }
    for (const block of changed) this.#sum(block * BLOCK, Math.min(this.count, (block + 1) * BLOCK));
  }

  isHidden(line: number): boolean {
    return (this.#state[line]! & HIDDEN_BITS) !== 0;
  }

  isFiltered(line: number): boolean {
    return (this.#state[line]! & FILTERED) !== 0;
  }

  /** Columns of a line; 0 also while it is not measured. */
  widthOf(line: number): number {
    return this.#widths[line]!;
  }

  rowsOf(line: number): number {
    const state = this.#state[line]!;
    if ((state & HIDDEN_BITS) !== 0) return 0;
    const width = this.#widths[line]!;
    if (this.#columns === 0 || width <= this.#columns) return 1;
    // A wide character that does not fit goes to the next row whole and leaves a column empty.
    return (state & WIDE) !== 0 ? Math.ceil(width / Math.max(1, this.#columns - 1)) : Math.ceil(width / this.#columns);
  }

  get total(): number {
    this.#repair();
    return this.#before[this.#blocks]!;
  }

  /** Rows before this line; of `count`, all of them. */
  rowOf(line: number): number {
    this.#repair();
    const block = Math.floor(line / BLOCK);
    let row = this.#before[Math.min(block, this.#blocks)]!;
    for (let i = block * BLOCK; i < line; i++) row += this.rowsOf(i);
    return row;
  }

  /** The line that shows this row; the last one for a row beyond the end, -1 when nothing is shown. */
  lineAt(row: number): number {
    const total = this.total;
    if (total === 0) return -1;
    const wanted = Math.max(0, Math.min(row, total - 1));
    let low = 0;
    let high = this.#blocks - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#before[middle]! <= wanted) low = middle;
      else high = middle - 1;
    }
    let at = this.#before[low]!;
    for (let i = low * BLOCK; ; i++) {
      at += this.rowsOf(i);
      if (at > wanted) return i;
    }
  }

  get #blocks(): number {
    return Math.ceil(this.count / BLOCK);
  }

  #reserve(count: number): void {
    if (count > this.#widths.length) {
      const size = Math.max(count, Math.ceil(this.#widths.length * 1.5));
      this.#widths = enlarged(this.#widths, new Uint16Array(size));
      this.#state = enlarged(this.#state, new Uint8Array(size));
    }
    const blocks = Math.ceil(count / BLOCK);
    if (blocks > this.#sums.length) {
      const size = Math.max(blocks, this.#sums.length * 2);
      this.#sums = enlarged(this.#sums, new Uint32Array(size));
      this.#before = enlarged(this.#before, new Uint32Array(size + 1));
    }
  }

  #sum(from: number, to: number): void {
    const first = Math.floor(from / BLOCK);
    const last = Math.min(this.#blocks, Math.ceil(to / BLOCK));
    for (let block = first; block < last; block++) {
      let rows = 0;
      for (let i = block * BLOCK, end = Math.min(this.count, i + BLOCK); i < end; i++) rows += this.rowsOf(i);
      this.#sums[block] = rows;
    }
    this.#stale = Math.min(this.#stale, first);
  }

  #repair(): void {
    const blocks = this.#blocks;
    if (this.#stale >= blocks && this.#stale > 0) return;
    for (let block = this.#stale; block < blocks; block++)
      this.#before[block + 1] = this.#before[block]! + this.#sums[block]!;
    this.#stale = Math.max(blocks, 1);
    if (blocks === 0) this.#before[0] = 0;
  }
}

function enlarged<T extends Uint8Array | Uint16Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
