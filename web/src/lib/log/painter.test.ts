import { describe, expect, it } from 'vitest';
import { WIDE } from './ansi';
import { makeRow, Painter, type RowMarks } from './painter';
import { packRun } from './styles';

const marks: RowMarks = {
  error: false,
  selected: false,
  group: null,
  time: '',
  slow: false,
  gap: false,
  href: '#s0-l1',
  height: 20
};
function painted(text: string, { flags = 0, runs = null as number[] | null } = {}): HTMLElement {
  const row = makeRow();
  const painter = new Painter();
  painter.addStyles({ from: 1, list: [{ fg: 2, bg: 0, flags: 0 }] });
  painter.paint(row, { step: 0, line: 1, text, runs, time: null, flags }, marks);
  return row.text;
}

describe('the text of a row', () => {
  it('is text, whatever stands in it', () => {
    const row = painted('<img src=x onerror=alert(1)><b>');
    expect(row.children).toHaveLength(0);
    expect(row.textContent).toBe('<img src=x onerror=alert(1)><b>');
  });

  it('shows and keeps apart each character that turns the direction, also in coloured text', () => {
    const text = 'a \u202egnp.exe\u2066 b';
    for (const runs of [null, [packRun(0, 1)]]) {
      const row = painted(text, { flags: WIDE, runs });
      expect(row.textContent).toBe(text);
      expect([...row.querySelectorAll('.turn')].map((one) => one.textContent)).toEqual(['\u202e', '\u2066']);
    }
  });

  it('leaves text alone whose own direction is from right to left', () => {
    expect(painted('مرحبا', { flags: WIDE }).children).toHaveLength(0);
  });
});
