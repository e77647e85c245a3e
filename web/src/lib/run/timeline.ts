// The scale of the lanes: from the begin of a run to its end, or to where it will likely be.

export interface Scale {
  from: number;
  to: number;
  /** In percent of the lane. */
  at(time: number): number;
  ticks: { at: number; ms: number }[];
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const steps = [
  second / 2,
  second,
  2 * second,
  5 * second,
  10 * second,
  15 * second,
  30 * second,
  minute,
  2 * minute,
  5 * minute,
  10 * minute,
  15 * minute,
  30 * minute,
  hour,
  2 * hour,
  6 * hour,
  12 * hour,
  24 * hour
];
const mostTicks = 7;

export function scaleOf(from: number, to: number): Scale {
  const length = Math.max(1, to - from);
  const at = (time: number) => Math.max(0, Math.min(100, (100 * (time - from)) / length));
  const step = steps.find((one) => length / one <= mostTicks) ?? steps.at(-1)!;
  const ticks: Scale['ticks'] = [];
  // One that is so near to the end that their words would touch gives way to it.
  for (let ms = 0; ms < length - step * 0.45; ms += step) ticks.push({ at: (100 * ms) / length, ms });
  ticks.push({ at: 100, ms: length });
  return { from, to, at, ticks };
}
