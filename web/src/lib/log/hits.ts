import { isBefore } from './permalink';
import type { Place } from './protocol';

/** Where a search was found, in the order of the log, while more is still coming. */
export class Hits {
  #byStep = new Map<number, Uint32Array[]>();
  #places: Place[] | null = null;
  count = 0;

  add(step: number, lines: Uint32Array): void {
    if (lines.length === 0) return;
    const list = this.#byStep.get(step);
    if (list === undefined) this.#byStep.set(step, [lines]);
    else list.push(lines);
    this.count += lines.length;
    this.#places = null;
  }

  get all(): readonly Place[] {
    if (this.#places === null) {
      this.#places = [];
      for (const step of [...this.#byStep.keys()].sort((a, b) => a - b)) {
        for (const lines of this.#byStep.get(step)!) for (const line of lines) this.#places.push({ step, line });
      }
    }
    return this.#places;
  }

  /** By step, for a filter. */
  lines(): Map<number, Uint32Array> {
    const merged = new Map<number, Uint32Array>();
    for (const [step, parts] of this.#byStep) merged.set(step, Uint32Array.from(parts.flatMap((part) => [...part])));
    return merged;
  }

  /** The first one at this place or behind it; the first of all when there is none. */
  atOrAfter(place: Place): number {
    const { all } = this;
    let low = 0;
    let high = all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(all[middle]!, place)) low = middle + 1;
      else high = middle;
    }
    return low < all.length ? low : 0;
  }
}

/** The one before or behind a place, around the ends. -1 of none. */
export function stepFrom(places: readonly Place[], from: Place | null, direction: 1 | -1): number {
  if (places.length === 0) return -1;
  if (from === null) return direction > 0 ? 0 : places.length - 1;
  if (direction > 0) {
    const next = places.findIndex((place) => isBefore(from, place));
    return next < 0 ? 0 : next;
  }
  for (let i = places.length - 1; i >= 0; i--) if (isBefore(places[i]!, from)) return i;
  return places.length - 1;
}
