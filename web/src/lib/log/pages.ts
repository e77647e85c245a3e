import { TABS, TAB_COLUMNS, type ParsedLine } from './ansi';
import type { LineView } from './protocol';
import { packRun, runOffset, runStyle } from './styles';

/** Lines of one page; page k of a step holds the lines k * PAGE_LINES + 1 and on. */
export const PAGE_LINES = 512;
const NO_TIME = 0xffffffff;
const decoder = new TextDecoder();

export const pageOf = (line: number): number => Math.floor((line - 1) / PAGE_LINES);
export const firstLineOf = (page: number): number => page * PAGE_LINES + 1;

/**
 * Up to PAGE_LINES lines of one step in typed arrays: as UTF-8 without escape sequences, so that search, copy and links never
 * meet one, and so that the garbage collector has nothing to do however many lines there are.
 */
export class Page {
  count = 0;
  #bytes = new Uint8Array(16 * 1024);
  #used = 0;
  #starts = new Uint32Array(PAGE_LINES + 1);
  #widths = new Uint16Array(PAGE_LINES);
  #flags = new Uint8Array(PAGE_LINES);
  #runs = new Uint32Array(256);
  #runStarts = new Uint32Array(PAGE_LINES + 1);
  #times = new Uint32Array(PAGE_LINES).fill(NO_TIME); // after timeBase
  #timeBase = 0;
  #sealed = false;

  constructor(
    readonly step: number,
    readonly number: number
  ) {}

  get full(): boolean {
    return this.count === PAGE_LINES;
  }

  /** What it holds in memory, about. */
  get size(): number {
    return this.#bytes.length + this.#runs.length * 4 + PAGE_LINES * 15 + 200;
  }

  /** The text's bytes, to search in; line i of the page is in [start(i), start(i + 1)), with a line feed at its end. */
  get text(): Uint8Array {
    return this.#bytes.subarray(0, this.#used);
  }
  start(index: number): number {
    return this.#starts[index]!;
  }

  add(line: ParsedLine, time: number | null): void {
    const index = this.count;
    const size = line.to - line.from;
    this.#bytes = grown(this.#bytes, this.#used + size + 1);
    this.#bytes.set(line.bytes.subarray(line.from, line.to), this.#used);
    this.#used += size;
    this.#bytes[this.#used++] = 10;
    this.#starts[index + 1] = this.#used;
    this.#widths[index] = Math.min(line.columns, 0xffff);
    this.#flags[index] = line.flags;
    const runs = this.#runStarts[index]!;
    if (runs + line.runs.length > this.#runs.length) {
      const larger = new Uint32Array(Math.max(runs + line.runs.length, this.#runs.length * 2));
      larger.set(this.#runs.subarray(0, runs));
      this.#runs = larger;
    }
    for (let i = 0; i < line.runs.length; i++) this.#runs[runs + i] = line.runs[i]!;
    this.#runStarts[index + 1] = runs + line.runs.length;
    if (time !== null) {
      if (this.#timeBase === 0) this.#timeBase = time;
      this.#times[index] = Math.max(0, Math.min(NO_TIME - 1, time - this.#timeBase));
    }
    this.count = index + 1;
    if (this.full) this.#seal();
  }

  /** No line will come any more: what was reserved for them is given back. */
  #seal(): void {
    if (this.#sealed) return;
    this.#sealed = true;
    this.#bytes = this.#bytes.slice(0, this.#used);
    this.#runs = this.#runs.slice(0, this.#runStarts[this.count]);
  }

  measure(from: number, to: number): { widths: Uint16Array<ArrayBuffer>; flags: Uint8Array<ArrayBuffer> } {
    return { widths: this.#widths.slice(from, to), flags: this.#flags.slice(from, to) };
  }

  /** The text of a line, tabs as they are; undefined if the page lacks it. */
  textOf(line: number): string | undefined {
    const index = line - firstLineOf(this.number);
    if (index < 0 || index >= this.count) return undefined;
    return decoder.decode(this.#bytes.subarray(this.#starts[index], this.#starts[index + 1]! - 1));
  }

  viewOf(line: number): LineView | undefined {
    const text = this.textOf(line);
    if (text === undefined) return undefined;
    const index = line - firstLineOf(this.number);
    const flags = this.#flags[index]!;
    const runs = this.#runs.subarray(this.#runStarts[index], this.#runStarts[index + 1]);
    const time = this.#times[index]!;
    return lineView(
      this.step,
      line,
      text,
      runs.length === 0 ? null : Array.from(runs),
      time === NO_TIME ? null : this.#timeBase + time,
      flags
    );
  }
}

/** A line as the page draws it: tabs become spaces up to the next stop, and the runs move with them. */
export function lineView(
  step: number,
  line: number,
  text: string,
  runs: number[] | null,
  time: number | null,
  flags: number
): LineView {
  if ((flags & TABS) === 0) return { step, line, text, runs, time, flags };
  let shown = '';
  const moved = runs === null ? null : [...runs];
  let run = 0;
  for (let at = 0; at <= text.length; at++) {
    while (moved !== null && run < moved.length && runOffset(moved[run]!) <= at) {
      moved[run] = packRun(shown.length, runStyle(moved[run]!));
      run++;
    }
    if (at === text.length) break;
    shown += text[at] === '\t' ? ' '.repeat(TAB_COLUMNS - (shown.length % TAB_COLUMNS)) : text[at]!;
  }
  return { step, line, text: shown, runs: moved, time, flags };
}

function grown(bytes: Uint8Array<ArrayBuffer>, need: number): Uint8Array<ArrayBuffer> {
  if (need <= bytes.length) return bytes;
  const larger = new Uint8Array(Math.max(need, bytes.length * 2));
  larger.set(bytes);
  return larger;
}

/** Pages of all steps, the least recently used given up when they take more than `bytesMax`. What is given up can be asked for again. */
export class PageCache {
  #pages = new Map<string, Page>();
  #sizes = new Map<string, number>();
  bytes = 0;

  readonly #bytesMax: number;
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get(step: number, number: number): Page | undefined {
    const key = keyOf(step, number);
    const page = this.#pages.get(key);
    if (page !== undefined) {
      this.#pages.delete(key);
      this.#pages.set(key, page);
    }
    return page;
  }

  /** Without counting it as used. */
  peek(step: number, number: number): Page | undefined {
    return this.#pages.get(keyOf(step, number));
  }

  put(page: Page): void {
    const key = keyOf(page.step, page.number);
    this.#remove(key);
    this.#pages.set(key, page);
    this.#sizes.set(key, page.size);
    this.bytes += page.size;
    for (const [oldest, old] of this.#pages) {
      if (this.bytes <= this.#bytesMax) break;
      // The page that a live step still writes to stays: it has lines that nobody else has counted yet.
      if (old !== page && old.full) this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    this.bytes -= this.#sizes.get(key) ?? 0;
    this.#sizes.delete(key);
    this.#pages.delete(key);
  }
}

const keyOf = (step: number, number: number): string => `${step}:${number}`;

/** Whether the line is in this page. */
export const covers = (page: Page | undefined, line: number): boolean =>
  page !== undefined && line < firstLineOf(page.number) + page.count;
