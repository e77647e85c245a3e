import { describe, expect, it } from 'vitest';
import { CUT, LINE_BYTES_MAX, LineParser, TABS, WIDE } from './ansi';
import { BOLD, runOffset, runStyle, StyleTable, TRUE_COLOR, UNDERLINE } from './styles';

interface Seen {
  text: string;
  columns: number;
  flags: number;
  runs: [number, number][];
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function reader(): { parser: LineParser; seen: Seen[]; styles: StyleTable } {
  const styles = new StyleTable();
  const seen: Seen[] = [];
  const parser = new LineParser(styles, (line) =>
    seen.push({
      text: decoder.decode(line.bytes.slice(line.from, line.to)),
      columns: line.columns,
      flags: line.flags,
      runs: line.runs.map((run) => [runOffset(run), runStyle(run)])
    })
  );
  return { parser, seen, styles };
}

function read(text: string): { seen: Seen[]; styles: StyleTable } {
  const { parser, seen, styles } = reader();
  parser.feed(encoder.encode(text));
  return { seen, styles };
}

const texts = (text: string): string[] => read(text).seen.map((line) => line.text);

describe('LineParser', () => {
  it('takes escape sequences out and keeps what they say', () => {
    const { seen, styles } = read('\x1b[1;31merror:\x1b[0m plain \x1b[32mgreen\n');
    expect(seen).toEqual([
      {
        text: 'error: plain green',
        columns: 18,
        flags: 0,
        runs: [
          [0, 1],
          [6, 0],
          [13, 2]
        ]
      }
    ]);
    expect(styles.list[1]).toEqual({ fg: 2, bg: 0, flags: BOLD });
    expect(styles.list[2]).toEqual({ fg: 3, bg: 0, flags: 0 });
  });

  it('carries a colour into the next lines', () => {
    const { seen } = read('\x1b[35mone\ntwo\n\nthree\x1b[m\nfour\n');
    expect(seen.map((line) => line.runs)).toEqual([
      [[0, 1]],
      [[0, 1]],
      [[0, 1]],
      [
        [0, 1],
        [5, 0]
      ],
      []
    ]);
  });

  it('keeps a colour that is set before a carriage return', () => {
    const { seen, styles } = read('\x1b[31m 10%\r 20%\x1b[32m\r100%\n');
    expect(seen[0]).toMatchObject({ text: '100%', runs: [[0, 2]] });
    expect(styles.list[2]!.fg).toBe(3);
  });

  it('shows what follows the last carriage return, and takes CRLF for a line end', () => {
    expect(texts('  0%\r 50%\r100%\nwindows\r\n\r\nlone\r\r\n')).toEqual(['100%', 'windows', '', 'lone']);
  });

  it('erases and backs up as terminals do', () => {
    expect(texts('gone\x1b[2Kkept\n')).toEqual(['kept']);
    expect(texts('gone\x1b[1Gkept\n')).toEqual(['kept']);
    expect(texts('kept\x1b[K\n')).toEqual(['kept']);
    expect(texts('abc\b\bxy\n')).toEqual(['axy']);
    expect(texts('a日\bx\n')).toEqual(['ax']);
  });

  it('leaves out titles, links, charsets, cursor moves, control characters and unknown sequences', () => {
    expect(
      texts(
        '\x1b]0;title\x07a\x1b]8;;http://x/\x1b\\b\x1b]8;;\x1b\\c\x1b(Bd\x1b[?25le\x1b[12;3Hf\x1bMg\x00\x01\x7fh\x1bP1$r\x1b\\i\n'
      )
    ).toEqual(['abcdefghi']);
    expect(texts('\x1b[31;unfinished\nnext\n\x1b]8;;never ended\nnext\n')).toEqual(['nfinished', 'next', '', 'next']);
  });

  it('knows both spellings of 256 and 24-bit colours', () => {
    for (const [code, fg] of [
      ['38;5;214', 215],
      ['38:5:214', 215],
      ['38;2;1;2;3', TRUE_COLOR | 0x010203],
      ['38:2:1:2:3', TRUE_COLOR | 0x010203],
      ['38:2::1:2:3', TRUE_COLOR | 0x010203],
      ['1;22;38;5;7', 8],
      ['97', 16]
    ] as const) {
      expect(read(`\x1b[${code}mx\n`).styles.list[1], code).toEqual({ fg, bg: 0, flags: 0 });
    }
    expect(read('\x1b[58;2;9;9;9;4:3mx\n').styles.list[1]).toEqual({ fg: 0, bg: 0, flags: UNDERLINE });
    expect(read('\x1b[48;5mx\x1b[38;9;1my\n').seen[0]!.text).toBe('xy');
  });

  it('counts emoji that are joined as one', () => {
    const { seen } = read('👩‍👩‍👧\n👩‍👧x👩\n漢👩\n');
    expect(seen.map((line) => line.columns)).toEqual([2, 5, 4]);
  });

  it('counts columns of wide, combining and tab characters', () => {
    const { seen } = read('日本\ne\u0301\n🚀!\na\tb\n\t\n');
    expect(seen.map((line) => line.columns)).toEqual([4, 1, 3, 9, 8]);
    expect(seen.map((line) => line.flags)).toEqual([WIDE, WIDE, WIDE, TABS, TABS]);
  });

  it('cuts a line that is too long, and reads the next one', () => {
    const { seen } = read(`${'x'.repeat(LINE_BYTES_MAX + 10)}\n\x1b[1m${'y'.repeat(LINE_BYTES_MAX)}z\nnext\n`);
    expect(seen.map((line) => [line.text.length, line.flags])).toEqual([
      [LINE_BYTES_MAX, CUT],
      [LINE_BYTES_MAX, CUT],
      [4, 0]
    ]);
  });

  it('limits the changes of style in a line', () => {
    const { seen } = read(`${'\x1b[31ma\x1b[32mb'.repeat(3000)}\n`);
    expect(seen[0]!.runs.length).toBeLessThanOrEqual(1000);
    expect(seen[0]!.text.length).toBe(6000);
  });

  it('reads the same from chunks of every size', () => {
    const bytes = encoder.encode(
      'plain\n\x1b[1;38;2;1;2;3mcolour\x1b[0m é日🚀\tx\r\n 10%\r100%\x1b[2K\x1b[G done\x1b]8;;u\x1b\\l\x1b]8;;\x07\nlast \x1b[4:3mline'
    );
    const whole = reader();
    whole.parser.feed(bytes);
    whole.parser.finish();
    for (let size = 1; size < bytes.length; size++) {
      const cut = reader();
      for (let at = 0; at < bytes.length; at += size) cut.parser.feed(bytes, at, Math.min(at + size, bytes.length));
      cut.parser.finish();
      expect(cut.seen, `chunks of ${size}`).toEqual(whole.seen);
    }
  });

  it('shows the line that is still being written', () => {
    const { parser, seen } = reader();
    parser.feed(encoder.encode('done\n....'));
    expect(seen.length).toBe(1);
    expect(parser.partial()!.to).toBe(4);
    parser.feed(encoder.encode('..\n'));
    expect(seen[1]!.text).toBe('......');
    expect(parser.partial()).toBeNull();
  });

  it('survives any bytes', () => {
    let seed = 1;
    const random = (n: number): number => (seed = (seed * 48271) % 0x7fffffff) % n;
    const { parser } = reader();
    for (let round = 0; round < 300; round++) {
      const bytes = new Uint8Array(random(400));
      for (let i = 0; i < bytes.length; i++)
        bytes[i] = random(3) === 0 ? [27, 91, 109, 59, 58, 13, 10, 8, 9, 93][random(10)]! : random(256);
      parser.feed(bytes);
    }
    const { seen } = read('still right\n');
    expect(seen[0]!.text).toBe('still right');
  });
});
