/** How the time of a line is told. */
export type TimeMode = 'off' | 'step' | 'clock';
export const timeModes: readonly TimeMode[] = ['off', 'step', 'clock'];

const two = (value: number): string => String(value).padStart(2, '0');
const three = (value: number): string => String(value).padStart(3, '0');

/** 0:04.120, 1:02:03.004 */
export function sinceStart(ms: number): string {
  const whole = Math.max(0, Math.floor(ms));
  const seconds = Math.floor(whole / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const head = hours > 0 ? `${hours}:${two(minutes % 60)}` : String(minutes);
  return `${head}:${two(seconds % 60)}.${three(whole % 1000)}`;
}

/** 14:01:06.123 in the viewer's zone. */
export function onClock(time: number): string {
  const date = new Date(time);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${three(date.getMilliseconds())}`;
}

export function timeText(mode: TimeMode, time: number | null, start: number | null): string {
  if (mode === 'off' || time === null) return '';
  if (mode === 'clock') return onClock(time);
  return start === null ? '' : sinceStart(time - start);
}
