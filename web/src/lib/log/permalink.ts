import type { Place } from './protocol';

/** Lines from the first to the last, which may be the same; a range may go over several steps. */
export interface LineRange {
  from: Place;
  to: Place;
}

export const isBefore = (a: Place, b: Place): boolean => a.step < b.step || (a.step === b.step && a.line < b.line);
export const isSame = (a: Place, b: Place): boolean => a.step === b.step && a.line === b.line;

export const rangeOf = (a: Place, b: Place): LineRange => (isBefore(b, a) ? { from: b, to: a } : { from: a, to: b });
export const holds = (range: LineRange, place: Place): boolean =>
  !isBefore(place, range.from) && !isBefore(range.to, place);

const PATTERN = /^#?s(-1|\d{1,6})L(\d{1,10})(?:-s(-1|\d{1,6})L(\d{1,10}))?$/;

/** `#s2L118` or `#s2L118-s2L130`; null for anything else. */
export function parseHash(hash: string): LineRange | null {
  const match = PATTERN.exec(hash);
  if (match === null) return null;
  const from = { step: Number(match[1]), line: Number(match[2]) };
  const to = match[3] === undefined ? from : { step: Number(match[3]), line: Number(match[4]) };
  if (from.line === 0 || to.line === 0) return null;
  return rangeOf(from, to);
}

const placeText = ({ step, line }: Place): string => `s${step}L${line}`;

export const hashOf = ({ from, to }: LineRange): string =>
  isSame(from, to) ? `#${placeText(from)}` : `#${placeText(from)}-${placeText(to)}`;
