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
  private open: number[] = [];
  private readonly decoder = new TextDecoder();

  /** Looks at a line without its escape sequences. Returns true if it is an error. */
  see(line: number, bytes: Uint8Array, from: number, to: number): boolean {
    const first = bytes[from];
    if (to - from > 8 && (first === COLON || first === HASH)) this.group(line, this.decoder.decode(bytes.subarray(from, Math.min(to, from + 256))));
    if (!isError(bytes, from, to, this.decoder)) return false;
    this.errorsTotal++;
    if (this.errors.length >= ERRORS_MAX) return false;
    this.errors.push(line);
    return true;
  }

  private group(line: number, text: string): void {
    const begin = GROUP.exec(text);
    if (begin !== null) {
      if (this.groups.length >= GROUPS_MAX) return;
      this.open.push(this.groups.length);
      this.groups.push({ first: line, last: Infinity, title: begin[1]!.trim() });
    } else if (END_GROUP.test(text)) {
      const index = this.open.pop();
      if (index !== undefined) this.groups[index]!.last = line;
    }
  }
}

const LOOK_MAX = 400;
const ERROR =
  /^(?:::error\b|##\[error\])|(?:^|[\s:[(])(?:fatal )?error(?:\[\w+\])?:|^(?:ERROR|FATAL|FAILED|panic:|Traceback \(most recent call last\))|\b(?:\*\*\*Failed|FAILED)\b|: Failure$/;

function isError(bytes: Uint8Array, from: number, to: number, decoder: TextDecoder): boolean {
  // Nearly all lines lack the letters that every rule needs; they are told apart without making a string of them.
  if (!mayBeError(bytes, from, Math.min(to, from + LOOK_MAX))) return false;
  return ERROR.test(decoder.decode(bytes.subarray(from, Math.min(to, from + LOOK_MAX))));
}

function mayBeError(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from + 1; i + 1 < to; i++) {
    const c = bytes[i]! | 0x20;
    if (c === 0x72 && (bytes[i + 1]! | 0x20) === 0x72) return true; // "rr" of error
    if (c === 0x69 && (bytes[i + 1]! | 0x20) === 0x6c && (bytes[i - 1]! | 0x20) === 0x61) return true; // "ail" of fail
    if (c === 0x61 && (((bytes[i - 1]! | 0x20) === 0x66 && (bytes[i + 1]! | 0x20) === 0x74) || (bytes[i - 1]! === 0x70 && bytes[i + 1]! === 0x6e))) return true; // "fat", "pan"
    if (c === 0x72 && bytes[i - 1] === 0x54 && bytes[i + 1] === 0x61) return true; // "Tra"
  }
  return false;
}
