import { describe, expect, it } from 'vitest';
import { SseParser, type SseEvent } from './sse';

const TEXT =
  ': ping\n\nretry: 1000\n\nid: 1.0.0\nevent: attempt\ndata: {"attempt":1}\n\nid: 1.0.9\r\nevent: log\r\ndata: {"data":"naïve 🚀\\n"}\r\n\r\n' +
  'data:no space\ndata: second\n\nid: 1.0.9+2.4\n\nevent: step\n\n';

function parse(chunks: Uint8Array[]): SseEvent[] {
  const events: SseEvent[] = [];
  const parser = new SseParser((event) => events.push(event));
  for (const chunk of chunks) parser.push(chunk);
  return events;
}

describe('SseParser', () => {
  const bytes = new TextEncoder().encode(TEXT);
  const expected: SseEvent[] = [
    { event: 'attempt', data: '{"attempt":1}', id: '1.0.0' },
    { event: 'log', data: '{"data":"naïve 🚀\\n"}', id: '1.0.9' },
    { event: 'message', data: 'no space\nsecond', id: null },
    { event: 'message', data: '', id: '1.0.9+2.4' }
  ];

  it('reads events, comments, ids alone and CRLF', () => {
    expect(parse([bytes])).toEqual(expected);
  });

  it('reads the same from chunks of every size', () => {
    for (let size = 1; size <= bytes.length; size++) {
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size));
      expect(parse(chunks), `chunks of ${size}`).toEqual(expected);
    }
  });

  it('refuses an event that never ends', () => {
    const parser = new SseParser(() => undefined);
    const chunk = new Uint8Array(1024 * 1024).fill(97);
    expect(() => {
      for (let i = 0; i < 5; i++) parser.push(chunk);
    }).toThrow('too large');
  });
});
