import {
  BOLD,
  DIM,
  HIDDEN,
  INVERSE,
  ITALIC,
  packRun,
  runOffset,
  STRIKE,
  TRUE_COLOR,
  UNDERLINE,
  type StyleTable
} from './styles';
import { columnsOf } from './width';

/** Flags of a line. */
export const TABS = 1; // has tab characters: they are spaces where it is shown
export const WIDE = 2; // has characters beyond ASCII, whose glyphs may not be one column wide
export const CUT = 4; // longer than LINE_BYTES_MAX: the rest is in the raw log only
export const PARTIAL = 8; // its end has not come yet

export const LINE_BYTES_MAX = 64 * 1024;
export const TAB_COLUMNS = 8;
/** More changes of style than this in one line are noise, and each costs an element. */
const RUNS_MAX = 1000;
const PARAMETERS_MAX = 32;

/** A line as the parser gives it: text without escape sequences in bytes[from, to), its columns, its style runs. All of it is the parser's own
 * and changes with the next byte: copy what must last. */
export interface ParsedLine {
  bytes: Uint8Array;
  from: number;
  to: number;
  columns: number;
  flags: number;
  runs: readonly number[];
}

enum State {
  ground,
  escape,
  charset, // ESC ( B and its like take one more byte
  csi,
  string, // OSC, DCS, SOS, PM, APC: their content is never shown
  stringEscape
}

const JOINER = 0x200d;
const BS = 8;
const TAB = 9;
const LF = 10;
const CR = 13;
const ESC = 27;
const BEL = 7;

/**
 * Turns the bytes of one step's output into lines: takes escape sequences out, keeps what colours say, and lets a carriage
 * return begin the line anew, as progress bars want it. It keeps its state between calls, so chunks may be cut
 * anywhere, and a colour goes on in the next line. It never fails: what it does not know is left out.
 */
export class LineParser {
  #out = new Uint8Array(4096);
  #length = 0;
  #units = 0;
  #columns = 0;
  #flags = 0;
  #runs: number[] = [];
  #returned = false; // a carriage return came: the next character begins the line anew

  #state = State.ground;
  #parameters: number[] = [];
  #subs: boolean[] = []; // whether a parameter belongs to the one before it (38:2:…)
  #ignoreSequence = false;
  #point = 0; // of a character beyond ASCII whose bytes are still coming
  #pointBytes = 0;
  #joined = false; // a joiner came just before

  #fg = 0;
  #bg = 0;
  #attributes = 0;
  #style = 0;

  readonly #styles: StyleTable;
  readonly #onLine: (line: ParsedLine) => void;
  constructor(styles: StyleTable, onLine: (line: ParsedLine) => void) {
    this.#styles = styles;
    this.#onLine = onLine;
  }

  feed(bytes: Uint8Array, from = 0, to = bytes.length): void {
    let at = from;
    while (at < to) {
      if (this.#state !== State.ground) {
        this.#sequenceByte(bytes[at++]!);
        continue;
      }
      const end = plainEnd(bytes, at, to);
      if (end > at) {
        const whole = this.#length === 0 && !this.#returned && this.#pointBytes === 0;
        if (whole && bytes[end] === LF && end < to && end - at <= LINE_BYTES_MAX) {
          // Most lines are plain and whole: they are handed on where they lie.
          this.#onLine({ bytes, from: at, to: end, columns: end - at, flags: 0, runs: this.#runs });
          at = end + 1;
          continue;
        }
        this.#text(bytes, at, end);
        at = end;
      } else {
        this.#byte(bytes[at++]!);
      }
    }
  }

  /** The line whose end has not come yet, or nothing when it is empty. */
  partial(): ParsedLine | null {
    return this.#length === 0 ? null : { ...this.#current(), flags: this.#flags | PARTIAL };
  }

  /** Ends a line whose end will never come. */
  finish(): void {
    if (this.#length > 0) this.#endLine();
  }

  #current(): ParsedLine {
    return {
      bytes: this.#out,
      from: 0,
      to: this.#length,
      columns: this.#columns,
      flags: this.#flags,
      runs: this.#runs
    };
  }

  #endLine(): void {
    this.#onLine(this.#current());
    this.#clearLine();
  }

  #clearLine(): void {
    this.#length = this.#units = this.#columns = this.#flags = this.#pointBytes = 0;
    this.#returned = this.#joined = false;
    this.#runs = this.#style === 0 ? [] : [packRun(0, this.#style)];
  }

  #room(more: number): boolean {
    if (this.#length + more > LINE_BYTES_MAX) {
      this.#flags |= CUT;
      return false;
    }
    if (this.#length + more > this.#out.length) {
      const larger = new Uint8Array(Math.max(this.#length + more, this.#out.length * 2));
      larger.set(this.#out.subarray(0, this.#length));
      this.#out = larger;
    }
    return true;
  }

  #beginText(): void {
    if (this.#returned) this.#clearLine();
  }

  #text(bytes: Uint8Array, from: number, to: number): void {
    this.#beginText();
    this.#pointBytes = 0;
    this.#joined = false;
    const size = Math.min(to - from, LINE_BYTES_MAX - this.#length);
    if (size < to - from) this.#flags |= CUT;
    if (size <= 0 || !this.#room(size)) return;
    if (size < 48) for (let i = 0; i < size; i++) this.#out[this.#length + i] = bytes[from + i]!;
    else this.#out.set(bytes.subarray(from, from + size), this.#length);
    this.#length += size;
    this.#units += size;
    this.#columns += size;
  }

  #byte(c: number): void {
    if (c >= 0x80) this.#multibyte(c);
    else if (c === LF) this.#endLine();
    else if (c === CR) this.#returned = true;
    else if (c === ESC) this.#state = State.escape;
    else if (c === TAB) {
      this.#beginText();
      if (!this.#room(1)) return;
      this.#out[this.#length++] = TAB;
      this.#units++;
      this.#columns += TAB_COLUMNS - (this.#columns % TAB_COLUMNS);
      this.#flags |= TABS;
    } else if (c === BS) this.#backspace();
  }

  #multibyte(c: number): void {
    this.#beginText();
    this.#flags |= WIDE;
    if (c >= 0xc0) {
      if (!this.#room(4)) return;
      this.#pointBytes = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
      this.#point = c & (0x3f >> this.#pointBytes);
      this.#out[this.#length++] = c;
      return;
    }
    if (this.#pointBytes === 0) return; // a byte without its character: the server sends none
    this.#out[this.#length++] = c;
    this.#point = (this.#point << 6) | (c & 0x3f);
    if (--this.#pointBytes > 0) return;
    this.#units += this.#point > 0xffff ? 2 : 1;
    // What is joined to an emoji is drawn in its place.
    const columns = columnsOf(this.#point);
    if (!(this.#joined && columns === 2)) this.#columns += columns;
    this.#joined = this.#point === JOINER;
  }

  #backspace(): void {
    if (this.#length === 0) return;
    const tail = this.#out[this.#length - 1]!;
    if (tail === TAB) return;
    do this.#length--;
    while (this.#length > 0 && (this.#out[this.#length]! & 0xc0) === 0x80);
    const lead = this.#out[this.#length]!;
    this.#units -= lead >= 0xf0 ? 2 : 1;
    if (lead < 0x80) this.#columns--;
    else this.#columns = Math.max(0, this.#columns - columnsOf(firstPoint(this.#out, this.#length)));
    while (this.#runs.length > 1 && runOffset(this.#runs[this.#runs.length - 1]!) > this.#units) this.#runs.pop();
    this.#mark();
  }

  #sequenceByte(c: number): void {
    if (c === LF) {
      // An unfinished sequence does not swallow the lines after it.
      this.#state = State.ground;
      this.#endLine();
      return;
    }
    switch (this.#state) {
      case State.escape:
        this.#afterEscape(c);
        break;
      case State.charset:
        this.#state = State.ground;
        break;
      case State.csi:
        this.#csiByte(c);
        break;
      case State.string:
        if (c === BEL) this.#state = State.ground;
        else if (c === ESC) this.#state = State.stringEscape;
        break;
      case State.stringEscape:
        if (c === 0x5c) this.#state = State.ground;
        else this.#afterEscape(c);
        break;
      case State.ground:
        break;
    }
  }

  #afterEscape(c: number): void {
    if (c === 0x5b) {
      this.#state = State.csi;
      this.#parameters = [0];
      this.#subs = [false];
      this.#ignoreSequence = false;
    } else if (c === 0x5d || c === 0x50 || c === 0x58 || c === 0x5e || c === 0x5f) this.#state = State.string;
    else if (c >= 0x20 && c <= 0x2f) this.#state = State.charset;
    else this.#state = c === ESC ? State.escape : State.ground;
  }

  #csiByte(c: number): void {
    const last = this.#parameters.length - 1;
    if (c >= 0x30 && c <= 0x39) this.#parameters[last] = Math.min(this.#parameters[last]! * 10 + c - 0x30, 65535);
    else if (c === 0x3b || c === 0x3a) {
      if (last + 1 >= PARAMETERS_MAX) this.#ignoreSequence = true;
      else {
        this.#parameters.push(0);
        this.#subs.push(c === 0x3a);
      }
    } else if (c >= 0x20 && c <= 0x3f) this.#ignoreSequence = true;
    else if (c === ESC) this.#state = State.escape;
    else if (c >= 0x40 && c <= 0x7e) {
      this.#state = State.ground;
      if (!this.#ignoreSequence) this.#csi(c);
    }
  }

  #csi(final: number): void {
    if (final === 0x6d) {
      this.#sgr();
      this.#style = this.#styles.numberOf(this.#fg, this.#bg, this.#attributes);
      if (!this.#returned) this.#mark();
    } else if (final === 0x4b && this.#parameters[0]! >= 1) {
      const returned = this.#returned;
      this.#clearLine(); // the line is erased; the cursor stays
      this.#returned = returned;
    } else if (final === 0x47 && this.#parameters[0]! <= 1) this.#returned = true; // to the first column
  }

  /** From here on the line has the style in force. */
  #mark(): void {
    const last = this.#runs.length - 1;
    const before = last < 0 ? 0 : this.#runs[last]! - packRun(runOffset(this.#runs[last]!), 0);
    if (before === this.#style) return;
    const run = packRun(this.#units, this.#style);
    if (last >= 0 && runOffset(this.#runs[last]!) === this.#units) this.#runs[last] = run;
    else if (this.#runs.length < RUNS_MAX) this.#runs.push(run);
  }

  #sgr(): void {
    const p = this.#parameters;
    for (let i = 0; i < p.length; i++) {
      const code = p[i]!;
      let end = i + 1;
      while (end < p.length && this.#subs[end]) end++;
      if (code === 38 || code === 48 || code === 58) i = this.#color(code, i, end);
      else {
        this.#attribute(code, end > i + 1 ? p[i + 1]! : -1);
        i = end - 1;
      }
    }
  }

  /** 38 and 48 in both spellings: 38;5;n, 38;2;r;g;b, 38:5:n, 38:2:r:g:b and 38:2:space:r:g:b. Returns the last parameter used. */
  #color(code: number, at: number, subEnd: number): number {
    const p = this.#parameters;
    const colons = subEnd > at + 1;
    const mode = p[at + 1];
    let color: number;
    let last: number;
    if (mode === 5) {
      color = ((p[at + 2] ?? 0) & 255) + 1;
      last = colons ? subEnd - 1 : at + 2;
    } else if (mode === 2) {
      const rgb = colons ? subEnd - 3 : at + 2;
      color = TRUE_COLOR | (((p[rgb] ?? 0) & 255) << 16) | (((p[rgb + 1] ?? 0) & 255) << 8) | ((p[rgb + 2] ?? 0) & 255);
      last = colons ? subEnd - 1 : at + 4;
    } else return colons ? subEnd - 1 : at + 1;
    if (code === 38) this.#fg = color;
    else if (code === 48) this.#bg = color;
    return last;
  }

  #attribute(code: number, sub: number): void {
    if (code === 0) this.#fg = this.#bg = this.#attributes = 0;
    else if (code === 1) this.#attributes |= BOLD;
    else if (code === 2) this.#attributes |= DIM;
    else if (code === 3) this.#attributes |= ITALIC;
    else if (code === 4 && sub === 0) this.#attributes &= ~UNDERLINE;
    else if (code === 4 || code === 21) this.#attributes |= UNDERLINE;
    else if (code === 7) this.#attributes |= INVERSE;
    else if (code === 8) this.#attributes |= HIDDEN;
    else if (code === 9) this.#attributes |= STRIKE;
    else if (code === 22) this.#attributes &= ~(BOLD | DIM);
    else if (code === 23) this.#attributes &= ~ITALIC;
    else if (code === 24) this.#attributes &= ~UNDERLINE;
    else if (code === 27) this.#attributes &= ~INVERSE;
    else if (code === 28) this.#attributes &= ~HIDDEN;
    else if (code === 29) this.#attributes &= ~STRIKE;
    else if (code >= 30 && code <= 37) this.#fg = code - 29;
    else if (code === 39) this.#fg = 0;
    else if (code >= 40 && code <= 47) this.#bg = code - 39;
    else if (code === 49) this.#bg = 0;
    else if (code >= 90 && code <= 97) this.#fg = code - 81;
    else if (code >= 100 && code <= 107) this.#bg = code - 91;
  }
}

/** The end of the printable ASCII that begins at `from`. */
function plainEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to) {
    const c = bytes[at]!;
    if (c < 0x20 || c > 0x7e) break;
    at++;
  }
  return at;
}

function firstPoint(bytes: Uint8Array, at: number): number {
  return new TextDecoder().decode(bytes.subarray(at, at + 4)).codePointAt(0) ?? 0;
}
