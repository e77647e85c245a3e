// What differs between two texts, line by line: the shortest script of Myers, "An O(ND) Difference Algorithm" (1986).

export interface DiffLine {
  kind: 'same' | 'added' | 'removed';
  text: string;
  /** Its number in the first text, and in the second; from 1. */
  before?: number;
  after?: number;
}
export interface Hunk {
  lines: DiffLine[];
  /** How many lines that are the same stand between the hunk before, or the beginning, and this one. */
  skipped: number;
}

/** Texts that differ in more lines than this are told as one replaced by the other: nobody reads such a script. */
export const differencesMax = 1500;
const contextLines = 3;

/** Every line of both texts, those that are the same once. */
export function diffLines(before: string, after: string): DiffLine[] {
  const a = linesOf(before);
  const b = linesOf(after);
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const lines: DiffLine[] = [];
  const same = (from: number, to: number, shift: number) => {
    for (let i = from; i < to; i++) lines.push({ kind: 'same', text: a[i] ?? '', before: i + 1, after: i + 1 + shift });
  };
  same(0, head, 0);
  for (const line of middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)))
    lines.push({
      ...line,
      ...(line.before === undefined ? {} : { before: line.before + head }),
      ...(line.after === undefined ? {} : { after: line.after + head })
    });
  same(a.length - tail, a.length, b.length - a.length);
  return lines;
}

/** The places that differ, each with a few lines around it. None: the texts are the same. */
export function hunksOf(lines: readonly DiffLine[], around = contextLines): Hunk[] {
  const shown = new Set<number>();
  lines.forEach((line, i) => {
    if (line.kind === 'same') return;
    for (let at = Math.max(0, i - around); at <= Math.min(lines.length - 1, i + around); at++) shown.add(at);
  });
  const hunks: Hunk[] = [];
  let last = -1;
  for (const at of [...shown].sort((one, other) => one - other)) {
    const line = lines[at];
    if (!line) continue;
    const hunk = hunks.at(-1);
    if (hunk && at === last + 1) hunk.lines.push(line);
    else hunks.push({ lines: [line], skipped: at - last - 1 });
    last = at;
  }
  return hunks;
}

/** A newline at the end ends the last line; it begins no other one. */
function linesOf(text: string): string[] {
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

function middle(a: readonly string[], b: readonly string[]): DiffLine[] {
  const replaced = (): DiffLine[] => [
    ...a.map((text, i): DiffLine => ({ kind: 'removed', text, before: i + 1 })),
    ...b.map((text, i): DiffLine => ({ kind: 'added', text, after: i + 1 }))
  ];
  if (a.length === 0 || b.length === 0) return replaced();
  // furthest[k + offset]: how far in `a` a path of d differences gets on the diagonal k = x − y. One copy for each d.
  const most = Math.min(a.length + b.length, differencesMax);
  const offset = most + 1;
  let furthest = new Int32Array(2 * offset + 1);
  const trail: Int32Array[] = [];
  for (let d = 0; d <= most; d++) {
    trail.push(furthest.slice(offset - d - 1, offset + d + 2));
    const next = furthest.slice();
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (furthest[offset + k - 1] ?? 0) < (furthest[offset + k + 1] ?? 0));
      let x = down ? (furthest[offset + k + 1] ?? 0) : (furthest[offset + k - 1] ?? 0) + 1;
      let y = x - k;
      while (x < a.length && y < b.length && a[x] === b[y]) {
        x++;
        y++;
      }
      next[offset + k] = x;
      if (x >= a.length && y >= b.length) return walkBack(a, b, trail, d);
    }
    furthest = next;
  }
  return replaced();
}

/** From the end to the beginning along the paths that were kept. */
function walkBack(a: readonly string[], b: readonly string[], trail: readonly Int32Array[], differences: number) {
  const lines: DiffLine[] = [];
  let x = a.length;
  let y = b.length;
  for (let d = differences; d >= 0; d--) {
    const before = trail[d];
    const at = (k: number) => before?.[k + d + 1] ?? 0;
    const k = x - y;
    const down = k === -d || (k !== d && at(k - 1) < at(k + 1));
    // Behind the one line that this difference is, both texts were the same.
    const start = d === 0 ? 0 : down ? at(k + 1) : at(k - 1) + 1;
    while (x > start) {
      x--;
      y--;
      lines.push({ kind: 'same', text: a[x] ?? '', before: x + 1, after: y + 1 });
    }
    if (d === 0) break;
    if (down) {
      y--;
      lines.push({ kind: 'added', text: b[y] ?? '', after: y + 1 });
    } else {
      x--;
      lines.push({ kind: 'removed', text: a[x] ?? '', before: x + 1 });
    }
  }
  return lines.reverse();
}
