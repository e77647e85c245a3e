/** How the time of a line is told. */
export type TimeMode = 'off' | 'step' | 'clock' | 'delta';
export const timeModes: readonly TimeMode[] = ['off', 'step', 'clock', 'delta'];
/** A line that came so long after the one before is marked. */
export const SLOW_MS = 1000;

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

/** +0.004, +12.340, +1:02.003: how long after the line before. Clocks may go back; then it is +0.000. */
export function sinceBefore(ms: number): string {
  return `+${sinceStart(ms).replace(/^0:0?/, '')}`;
}
