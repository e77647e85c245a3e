import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allStatuses, type Shape } from '$lib/status';

const css = readFileSync('src/styles/charts.css', 'utf8').replace(/\/\*[^]*?\*\//g, '');

/** What the rules for exactly this selector declare, in their order. */
function declared(selector: string): string {
  const rules = [...css.matchAll(/([^{}]+)\{([^{}]*)\}/g)];
  return rules
    .filter(([, selectors = '']) => selectors.split(',').some((one) => one.trim() === selector))
    .map(([, , body = '']) => body.trim())
    .join(' ');
}
const hues = ['passed', 'failed', 'running', 'waiting', 'warning', 'approval'];
const hueOf = (text: string) => hues.filter((hue) => text.includes(`var(--${hue}`));
const wanted: Partial<Record<Shape, string>> = {
  passed: 'passed',
  warning: 'warning',
  failed: 'failed',
  timeout: 'failed',
  lost: 'failed',
  never: 'failed',
  offline: 'failed',
  running: 'running',
  cancelling: 'running'
};

describe.each(['.cells i', '.spark i'])('%s', (mark) => {
  it('is neutral where nothing is said of its state', () => {
    expect(declared(mark)).toContain('background');
    expect(hueOf(declared(mark))).toEqual([]);
  });
  it.each(allStatuses.map(({ shape }) => shape))('has a look of its own for %s', (shape) => {
    const look = declared(`${mark}[data-s='${shape}']`);
    expect(look).toContain('background');
    const hue = wanted[shape];
    if (hue) expect(hueOf(look)).toEqual([hue]);
    else expect(hueOf(look).filter((one) => one !== 'waiting')).toEqual([]);
  });
});
