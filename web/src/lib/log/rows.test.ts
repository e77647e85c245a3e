import { describe, expect, it } from 'vitest';
import { WIDE } from './ansi';
import { FILTERED, FOLDED, RowIndex } from './rows';

/** The same by the plainest means: an array of lines. */
class Naive {
  lines: { width: number; flags: number; why: number }[] = [];
  columns = 0;
  rowsOf(line: number): number {
    const { width, flags, why } = this.lines[line]!;
    if (why !== 0) return 0;
    if (this.columns === 0 || width <= this.columns) return 1;
    return Math.ceil(width / (flags === WIDE ? this.columns - 1 : this.columns));
  }
  rowOf(line: number): number {
    let rows = 0;
    for (let i = 0; i < line; i++) rows += this.rowsOf(i);
    return rows;
  }
  lineAt(row: number): number {
    let rows = 0;
    for (let i = 0; i < this.lines.length; i++) {
      rows += this.rowsOf(i);
      if (rows > row) return i;
    }
    return -1;
  }
}

describe('RowIndex', () => {
  it('is empty at first', () => {
    const rows = new RowIndex();
    expect([rows.total, rows.rowOf(0), rows.lineAt(0)]).toEqual([0, 0, -1]);
  });

  it('agrees with a plain array after any changes', () => {
    for (let seed = 1; seed <= 15; seed++) {
      let state = seed * 7919;
      const random = (n: number): number => (state = (state * 48271) % 0x7fffffff) % n;
      const rows = new RowIndex();
      const naive = new Naive();
      for (let operation = 0; operation < 60; operation++) {
        const count = naive.lines.length;
        const kind = random(7);
        if (kind <= 1) {
          const from = kind === 0 ? count : random(count + 1);
          const size = random(1500);
          const widths = new Uint16Array(size).map(() => (random(4) === 0 ? random(700) : random(90)));
          const flags = new Uint8Array(size).map(() => (random(3) === 0 ? WIDE : 0));
          rows.write(from, widths, flags);
          for (let i = 0; i < size; i++) {
            naive.lines[from + i] = { width: widths[i]!, flags: flags[i]!, why: naive.lines[from + i]?.why ?? 0 };
          }
        } else if (kind === 2 || kind === 3) {
          const why = random(2) === 0 ? FOLDED : FILTERED;
          const from = random(count + 1);
          const to = from + random(2500);
          const hidden = random(3) > 0;
          rows.hide(from, to, why, hidden);
          for (let i = from; i < Math.min(to, count); i++) {
            const line = naive.lines[i]!;
            line.why = hidden ? line.why | why : line.why & ~why;
          }
        } else if (kind === 4) {
          naive.columns = [0, 20, 80, 133][random(4)]!;
          rows.wrapAt(naive.columns);
        } else if (kind === 5) {
          const to = random(4) === 0 ? random(count + 1) : count + random(2000);
          rows.resize(to);
          naive.lines.length = Math.min(count, to);
          while (naive.lines.length < to) naive.lines.push({ width: 0, flags: 0, why: 0 });
        }
        const total = naive.rowOf(naive.lines.length);
        expect(rows.count).toBe(naive.lines.length);
        expect(rows.total).toBe(total);
        for (let question = 0; question < 5 && total > 0; question++) {
          const line = random(naive.lines.length + 1);
          expect(rows.rowOf(line), `seed ${seed}, rows before line ${line}`).toBe(naive.rowOf(line));
          const row = random(total);
          expect(rows.lineAt(row), `seed ${seed}, line of row ${row}`).toBe(naive.lineAt(row));
        }
      }
    }
  }, 60_000);

  it('answers at once for ten million lines', () => {
    const rows = new RowIndex();
    rows.resize(10_000_000);
    rows.write(5_000_000, new Uint16Array([400]), new Uint8Array([0]));
    rows.wrapAt(100);
    expect(rows.total).toBe(10_000_003);
    const begin = performance.now();
    for (let i = 0; i < 1000; i++) rows.lineAt(rows.rowOf((i * 9973) % 10_000_000));
    expect(performance.now() - begin).toBeLessThan(5000);
  });

  it('shows many lines of a hidden log at once, with those around them', () => {
    const rows = new RowIndex();
    rows.resize(5000);
    rows.hide(0, 5000, FILTERED, true);
    rows.hide(2000, 2001, FOLDED, true);
    rows.show([0, 1023, 1999, 4999, 7000], 2, FILTERED);
    const shown = Array.from({ length: 5000 }, (_, line) => line).filter((line) => !rows.isHidden(line));
    expect(shown).toEqual([0, 1, 2, 1021, 1022, 1023, 1024, 1025, 1997, 1998, 1999, 2001, 4997, 4998, 4999]);
    expect(rows.total).toBe(shown.length);
    expect(shown.map((line) => rows.rowOf(line))).toEqual(shown.map((_, row) => row));
  });
});
