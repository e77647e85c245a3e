import type { Group } from './protocol';

// What a running step's lines say about themselves. The server says the same of a log that has ended, and its word
// replaces this one then; the rules are those of src/logs.

const GROUP = /^(?:::group::|##\[group\])(.*)$/;
const END_GROUP = /^(?:::endgroup::|##\[endgroup\])/;
const GROUPS_MAX = 10_000;
const ERRORS_MAX = 1000;

const COLON = 58;
const HASH = 35;

/** Groups and errors of one step, while its lines come. */
export class Marks {
  readonly groups: Group[] = [];
  readonly errors: number[] = [];
  errorsTotal = 0;
  #open: number[] = [];
  readonly #decoder = new TextDecoder();

  /** Looks at a line without its escape sequences. Returns true if it is an error. */
  see(line: number, bytes: Uint8Array, from: number, to: number): boolean {
    const first = bytes[from];
    if (to - from > 8 && (first === COLON || first === HASH))
      this.#group(line, this.#decoder.decode(bytes.subarray(from, Math.min(to, from + 256))));
    if (!isError(bytes, from, to, this.#decoder)) return false;
    this.errorsTotal++;
    if (this.errors.length >= ERRORS_MAX) return false;
    this.errors.push(line);
    return true;
  }

  #group(line: number, text: string): void {
    const begin = GROUP.exec(text);
    if (begin !== null) {
      if (this.groups.length >= GROUPS_MAX) return;
      this.#open.push(this.groups.length);
      this.groups.push({ first: line, last: Infinity, title: begin[1]!.trim() });
    } else if (END_GROUP.test(text)) {
      const index = this.#open.pop();
      if (index !== undefined) this.groups[index]!.last = line;
    }
  }
}

// As src/logs/line_marks.cc tells errors; a word that ends in a letter is a whole word.
const LOOK_MAX = 1024;
const MARGIN = /^(?:E {3}|##\[error\]|::error(?:::| ))/;
const BEGIN =
  /^(?:[eE]rror:|error\[|error TS|\[ERROR\]|\[error\]|\[ {2}FAILED {2}\]|[fF]atal:|[fF]atal error:|panic:|npm ERR!|ERR!|make: \*\*\*|ninja: error:|Traceback \(most recent call last\)|Uncaught |(?:ERROR|FAILED|FAIL|--- FAIL|not ok|FATAL|npm error|error Command failed|ninja: build stopped|CMake Error|Exception in thread|Unhandled exception|Segmentation fault)(?![\w-]))/;
const EXCEPTION = /^[\w.$]+(?:Error|Exception)(?::|$)/;
const BEHIND_COLON =
  /: (?:error:|fatal error:|fatal:|error [A-Z]{1,5}\d|\*\*\*|(?:undefined reference to|command not found)(?![\w-]))/;
const LEVEL = /^(?=[\d[]).{0,74}[ [|](?:ERROR|FATAL)(?![\w-])/;

function isError(bytes: Uint8Array, from: number, to: number, decoder: TextDecoder): boolean {
  const end = Math.min(to, from + LOOK_MAX);
  // Most lines are told apart without making a string of them.
  if (!mayBeError(bytes, from, end)) return false;
  const text = decoder.decode(bytes.subarray(from, end));
  if (MARGIN.test(text)) return true;
  const line = text.replace(/^[ \t]+/, '');
  return (
    BEGIN.test(line) ||
    EXCEPTION.test(line) ||
    BEHIND_COLON.test(line) ||
    LEVEL.test(line) ||
    line.includes(' - error TS')
  );
}

const FIRST = new Set([...'eEFf-npTmCUS#:['].map((char) => char.charCodeAt(0)));
const AFTER_COLON = new Set([...'efuc*'].map((char) => char.charCodeAt(0)));
const SPACE = 32;

function mayBeError(bytes: Uint8Array, from: number, to: number): boolean {
  let at = from;
  while (at < to && (bytes[at] === SPACE || bytes[at] === 9)) at++;
  if (at < to && FIRST.has(bytes[at]!)) return true;
  for (; at + 2 < to; at++) {
    const c = bytes[at]!;
    if (c === COLON && bytes[at + 1] === SPACE && AFTER_COLON.has(bytes[at + 2]!)) return true;
    const lower = c | 0x20;
    // "rr" of error, "xc" of exception, "fa" of FATAL
    if (lower === 0x72 && (bytes[at + 1]! | 0x20) === 0x72) return true;
    if (c === 0x78 && bytes[at + 1] === 0x63) return true;
    if (c === 0x46 && bytes[at + 1] === 0x41) return true;
  }
  return false;
}
