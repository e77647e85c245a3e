// The tab shows the state of what it shows: its icon is the mark of the state.
import type { Shape } from '$lib/status';

const green = '#1a7f37';
const red = '#cf222e';
const blue = '#0969da';
const amber = '#9a6700';
const violet = '#8250df';
const grey = '#6e7781';

const octagon = (inner: string) =>
  `<path d="M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.8V5.2z" fill="${red}"/><path d="${inner}" stroke="#fff" stroke-width="1.9" fill="none"/>`;
const disc = (color: string, inner: string) =>
  `<circle cx="8" cy="8" r="7" fill="${color}"/><path d="${inner}" stroke="#fff" stroke-width="1.9" fill="none"/>`;

const marks: Record<Shape, string> = {
  passed: disc(green, 'm4.8 8.3 2.2 2.2 4.2-4.8'),
  failed: octagon('m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2'),
  timeout: octagon('M8 4v4.3l3 1.7'),
  lost: octagon('M3.8 8h2l1.3-3 1.7 6L10.2 8h2'),
  never: disc(red, 'M4.4 8h7.2'),
  offline: octagon('m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2'),
  running: disc(blue, 'M8 4.4A3.6 3.6 0 0 1 11.6 8'),
  cancelling: disc(grey, 'M8 4.4A3.6 3.6 0 0 1 11.6 8'),
  waiting: disc(amber, 'M8 4.4V8l2.4 1.5'),
  retry: disc(amber, 'M8 4.4V8l2.4 1.5'),
  approval: disc(violet, 'M8 4v4.6M8 11.2v.6'),
  warning: disc(amber, 'M8 4v4.6M8 11.2v.6'),
  cancelled: disc(grey, 'm4.8 11.2 6.4-6.4'),
  skipped: disc(grey, 'M4.4 8h7.2'),
  paused: disc(grey, 'M6.3 5v6M9.7 5v6'),
  idle: disc(grey, '')
};

let own: string | undefined;

/** Without a state it is the program's own icon. */
export function setFavicon(state: Shape | undefined) {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (!link) return;
  own ??= link.href;
  link.href = state
    ? `data:image/svg+xml,${encodeURIComponent(
        `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" stroke-linecap="round" stroke-linejoin="round">${marks[state]}</svg>`
      )}`
    : own;
}
