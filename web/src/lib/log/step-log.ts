import { LineParser, type ParsedLine } from './ansi';
import { Marks } from './marks';
import { lineView, Page, pageOf, type PageCache } from './pages';
import type { LineView, Measured, StepInfo } from './protocol';
import type { StyleTable } from './styles';

/** What the worker knows of one step. */
export class StepLog {
  info: StepInfo;
  lines = 0; // those whose end has come
  bytes = 0; // raw bytes counted by the server up to where the stream is
  readonly marks = new Marks();
  readonly parser: LineParser;
  page: Page | null = null; // the one that the next line goes to
  time: number | null = null; // of the bytes that are being read

  // What the page has not been told yet: lines from `pendingFrom` on.
  pendingFrom = 1;
  pendingCount = 0;
  pendingWidths = new Uint16Array(1024);
  pendingFlags = new Uint8Array(1024);
  dirty = false;
  infoDirty = false;
  groupsTold = 0;
  errorsNew: number[] = [];
  searchedTo = 0;

  readonly #pages: PageCache;
  constructor(info: StepInfo, styles: StyleTable, pages: PageCache) {
    this.#pages = pages;

    this.info = info;
    this.parser = new LineParser(styles, (line) => this.#add(line));
  }

  #add(line: ParsedLine): void {
    const number = ++this.lines;
    if (this.page === null || this.page.full) this.page = new Page(this.info.step, pageOf(number));
    this.page.add(line, this.time);
    if (this.page.full || this.page.count === 1) this.#pages.put(this.page);
    if (this.marks.see(number, line.bytes, line.from, line.to)) this.errorsNew.push(number);
    if (this.pendingCount === this.pendingWidths.length) {
      const widths = new Uint16Array(this.pendingCount * 2);
      widths.set(this.pendingWidths);
      this.pendingWidths = widths;
      const flags = new Uint8Array(this.pendingCount * 2);
      flags.set(this.pendingFlags);
      this.pendingFlags = flags;
    }
    this.pendingWidths[this.pendingCount] = Math.min(line.columns, 0xffff);
    this.pendingFlags[this.pendingCount++] = line.flags;
    this.dirty = true;
  }

  feed(bytes: Uint8Array): void {
    this.parser.feed(bytes);
    this.dirty = true;
  }

  /** The line that is still being written, as the page may show it. */
  partial(): LineView | null {
    const line = this.parser.partial();
    if (line === null) return null;
    const text = new TextDecoder().decode(line.bytes.subarray(line.from, line.to));
    return lineView(
      this.info.step,
      this.lines + 1,
      text,
      line.runs.length === 0 ? null : [...line.runs],
      this.time,
      line.flags
    );
  }

  takeMeasured(): Measured {
    const partial = this.parser.partial();
    const count = this.pendingCount + (partial === null ? 0 : 1);
    const widths = new Uint16Array(count);
    const flags = new Uint8Array(count);
    widths.set(this.pendingWidths.subarray(0, this.pendingCount));
    flags.set(this.pendingFlags.subarray(0, this.pendingCount));
    if (partial !== null) {
      widths[count - 1] = Math.min(partial.columns, 0xffff);
      flags[count - 1] = partial.flags;
    }
    const measured = {
      step: this.info.step,
      from: this.pendingFrom,
      total: this.lines + (partial === null ? 0 : 1),
      widths,
      flags
    };
    this.pendingFrom = this.lines + 1;
    this.pendingCount = 0;
    this.dirty = false;
    return measured;
  }
}
