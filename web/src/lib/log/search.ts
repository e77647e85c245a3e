import type { Page } from './pages';
import type { Query } from './protocol';

/** Throws SyntaxError for a regular expression that is none. */
export function expressionOf(query: Query): RegExp {
  const source = query.regex ? query.text : query.text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(source, query.matchCase ? 'gm' : 'gim');
}

/** Lines of a page that match, by their place in it. */
export type PageMatcher = (page: Page, from: number, to: number, found: (index: number) => void) => void;

const bytewise = new TextDecoder('latin1'); // one character a byte: where a match is, is the offset of its byte
const utf8 = new TextDecoder();
const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);

export function matcherOf(query: Query): PageMatcher {
  const expression = expressionOf(query);
  if (!query.regex && isAscii(query.text)) {
    return (page, from, to, found) => {
      const base = page.start(from);
      const text = bytewise.decode(page.text.subarray(base, page.start(to)));
      expression.lastIndex = 0;
      let index = from;
      for (let match = expression.exec(text); match !== null; match = expression.exec(text)) {
        index = lineOf(page, base + match.index, index, to);
        found(index);
        if (index + 1 >= to) break;
        expression.lastIndex = page.start(index + 1) - base; // one hit a line is enough
      }
    };
  }
  return (page, from, to, found) => {
    const text = utf8.decode(page.text.subarray(page.start(from), page.start(to)));
    const lines = text.split('\n');
    for (let index = from; index < to; index++) {
      expression.lastIndex = 0;
      if (expression.test(lines[index - from]!)) found(index);
    }
  };
}

function lineOf(page: Page, offset: number, from: number, to: number): number {
  let low = from;
  let high = to - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (page.start(middle) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
