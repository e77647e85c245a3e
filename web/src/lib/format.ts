// How numbers, times and names are written, everywhere the same.

/** 0.2 s, 0:12, 11:42, 4 h 01, 3 d 4 h. */
export function duration(ms: number): string {
  // Small pipelines are over in seconds: there, tenths tell jobs apart.
  if (ms < 9950) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)}`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** How long something took that did take a while, however short: "< 0.1 s" and never nothing. */
export const took = (ms: number): string => (ms < 100 ? '< 0.1 s' : duration(ms));

/** A duration to be heard or read in a sentence: "11 minutes 42 seconds". */
export function durationInWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'day'],
    [Math.floor(seconds / 3600) % 24, 'hour'],
    [Math.floor(seconds / 60) % 60, 'minute'],
    [seconds % 60, 'second']
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return '0 seconds';
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => counted(value, unit))
    .join(' ');
}

/** +2:12, −0:03. */
export const difference = (ms: number): string => `${ms < 0 ? '−' : '+'}${duration(Math.abs(ms))}`;

/** now, 4 min, 2 h, 3 d, 5 wk; after half a year the date says more. */
export function ago(at: string | number, now: number): string {
  const then = typeof at === 'number' ? at : Date.parse(at);
  const minutes = Math.floor((now - then) / 60_000);
  if (minutes < 1) return 'now';
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h`;
  const days = Math.floor(minutes / (24 * 60));
  if (days < 21) return `${days} d`;
  if (days < 183) return `${Math.floor(days / 7)} wk`;
  return day(then);
}

/** The same in a sentence: "just now", "4 min ago". */
export function agoInWords(at: string | number, now: number): string {
  const text = ago(at, now);
  if (text === 'now') return 'just now';
  return /^\d+ (min|h|d|wk)$/.test(text) ? `${text} ago` : `on ${text}`;
}

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hour12: false });
const clockSecondsFormat = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false
});
const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const wholeOptions: Intl.DateTimeFormatOptions = {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short'
};
const wholeFormat = new Intl.DateTimeFormat('en-GB', wholeOptions);

/** 14:01 */
export const clock = (at: string | number): string => clockFormat.format(new Date(at));
/** 14:01:06 */
export const clockSeconds = (at: string | number): string => clockSecondsFormat.format(new Date(at));
/** 30 Oct 2026 */
export const day = (at: string | number): string => dayFormat.format(new Date(at));
/** Everything, for a title. In the viewer's zone, or in another one by its IANA name, which this browser may not know. */
export function wholeTime(at: string | number, timeZone?: string): string {
  if (timeZone === undefined) return wholeFormat.format(new Date(at));
  try {
    return new Intl.DateTimeFormat('en-GB', { ...wholeOptions, timeZone }).format(new Date(at));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    return `${wholeTime(at, 'UTC')} (${timeZone} is not known here)`;
  }
}

/** A moment to come: "14:11" today, "tomorrow 02:00", "Fri 2 Oct, 02:00" later, with the year of another one. */
export function upcoming(at: string | number, now: number): string {
  const then = new Date(at);
  const days = Math.round((startOfDay(then) - startOfDay(new Date(now))) / 86_400_000);
  if (days === 0) return clock(at);
  if (days === 1) return `tomorrow ${clock(at)}`;
  const year = then.getFullYear() === new Date(now).getFullYear() ? {} : ({ year: 'numeric' } as const);
  const date = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', ...year }).format(
    then
  );
  return `${date}, ${clock(at)}`;
}
const startOfDay = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/** 12,288; run and line numbers are no counts. */
export const count = (value: number): string => value.toLocaleString('en-US');

/** "1 job", "3 jobs" */
export const counted = (value: number, unit: string, units = `${unit}s`): string =>
  `${count(value)} ${value === 1 ? unit : units}`;

/** 1st, 2nd, 3rd, 11th */
export function ordinal(value: number): string {
  const last = value % 10;
  const teen = Math.floor((value % 100) / 10) === 1;
  return `${value}${!teen && last === 1 ? 'st' : !teen && last === 2 ? 'nd' : !teen && last === 3 ? 'rd' : 'th'}`;
}

/** 980 B, 4.1 KB, 82 MB */
export function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let rest = value;
  while (rest >= 1000 && unit < units.length - 1) {
    rest /= 1024;
    unit++;
  }
  return `${unit === 0 || rest >= 10 ? Math.round(rest) : rest.toFixed(1)} ${units[unit]}`;
}

export const percent = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${Math.round((100 * part) / whole)} %`;

export const shortSha = (sha: string): string => sha.slice(0, 7);

/** "a", "a and b", "a, b and 3 more" */
export function listed(names: readonly string[], most = 3): string {
  if (names.length === 0) return '';
  if (names.length === 1) return names[0] ?? '';
  if (names.length <= most) return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return `${names.slice(0, most - 1).join(', ')} and ${names.length - most + 1} more`;
}

const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;

/**
 * Head and tail of a long name, of which the head is cut when there is no room: the end tells most apart. Text with Hebrew
 * or Arabic stays whole, as its parts would change places.
 */
export function headAndTail(name: string, tail = 12): [string, string] {
  const points = [...name];
  if (points.length <= 2 * tail || rightToLeft.test(name)) return [name, ''];
  return [points.slice(0, -tail).join(''), points.slice(-tail).join('')];
}

/** The median, or undefined of nothing. */
export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

const two = (value: number) => String(value).padStart(2, '0');
