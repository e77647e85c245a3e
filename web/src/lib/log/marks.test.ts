import { describe, expect, it } from 'vitest';
import { Marks } from './marks';

const encoder = new TextEncoder();
function markedBy(lines: readonly string[]): Marks {
  const marks = new Marks();
  for (const [i, line] of lines.entries()) {
    const bytes = encoder.encode(line);
    marks.see(i + 1, bytes, 0, bytes.length);
  }
  return marks;
}
const isError = (line: string): boolean => markedBy([line]).errors.length === 1;

describe('Marks', () => {
  it('knows the error lines of common tools', () => {
    const errors = [
      'error: no such file',
      '  ERROR in ./src/app.ts',
      'src/ledger.cc:214:5: error: no matching function',
      'src/ledger.cc:3: fatal error: rates.h: No such file',
      'a.o: undefined reference to `split`',
      'sh: 1: ctest: command not found',
      'src/app.ts(3,1): error TS2322: Type is wrong',
      'src/app.ts:3:1 - error TS2322: Type is wrong',
      'error[E0308]: mismatched types',
      '--- FAIL: TestSplit (0.00s)',
      '[  FAILED  ] LedgerRounding.Refunds (12 ms)',
      'not ok 3 - refunds',
      'panic: runtime error',
      'Traceback (most recent call last):',
      'ValueError: no such currency',
      'java.io.IOException: broken pipe',
      'E   assert 1998 == 1999',
      'make: *** [all] Error 2',
      'make[1]: *** [all] Error 2',
      'npm ERR! code 1',
      '12:00:01 [main] ERROR c.e.App - no',
      '::error file=a.cc::wrong',
      '##[error]wrong'
    ];
    expect(errors.filter((line) => !isError(line))).toEqual([]);
  });

  it('takes no other line for one', () => {
    const others = [
      '',
      ' ',
      'ERRORS: 0',
      'FAILOVER is on',
      '0 errors',
      'no error',
      'compile error_codes.cc',
      'errors: none',
      'warning: unused',
      'Error handling is next',
      'terror',
      '[ INFO ] fatality'
    ];
    expect(others.filter(isError)).toEqual([]);
  });

  it('finds groups, also in groups', () => {
    const { groups } = markedBy([
      '::group::Set up',
      'a',
      '##[group] Inner ',
      'b',
      '##[endgroup]',
      '::endgroup::',
      '::group::Open',
      'c'
    ]);
    expect(groups).toEqual([
      { first: 1, last: 6, title: 'Set up' },
      { first: 3, last: 5, title: 'Inner' },
      { first: 7, last: Infinity, title: 'Open' }
    ]);
  });
});
