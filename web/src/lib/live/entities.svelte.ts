// Things of one kind by their id, put together from answers and events. Their versions decide which of the two is newer,
// so it does not matter in which order they arrive.
import { SvelteMap } from 'svelte/reactivity';
import type { Change } from './protocol';

export type Applied = 'applied' | 'old' | 'missed';

export class Entities<T extends { id: string }> {
  readonly #versionOf: (thing: T) => number;
  readonly #things = new SvelteMap<string, T>();
  /** After a reset the versions that were known say nothing any more. */
  readonly #forgotten = new Set<string>();

  constructor(versionOf: (thing: T) => number) {
    this.#versionOf = versionOf;
  }

  get size(): number {
    return this.#things.size;
  }
  get(id: string): T | undefined {
    return this.#things.get(id);
  }
  all(): T[] {
    return [...this.#things.values()];
  }

  /** From an answer. Members that it leaves out (a list shows less than the thing alone) stay as they were. */
  put(thing: T): Applied {
    const known = this.#things.get(thing.id);
    if (known && !this.#forgotten.has(thing.id) && this.#versionOf(known) > this.#versionOf(thing)) return 'old';
    this.#forgotten.delete(thing.id);
    this.#things.set(thing.id, thing);
    return 'applied';
  }

  /** From an event. `missed`: it stands on a version that is not here, and the thing has to be read. */
  apply({ id, from, version, patch }: Change): Applied {
    const known = this.#things.get(id);
    if (patch === null) {
      this.#things.delete(id);
      return 'applied';
    }
    if (from === 0) {
      if (known && !this.#forgotten.has(id) && this.#versionOf(known) >= version) return 'old';
      this.#forgotten.delete(id);
      this.#things.set(id, { ...patch, id } as T);
      return 'applied';
    }
    if (!known || this.#forgotten.has(id)) return 'missed';
    if (version <= this.#versionOf(known)) return 'old';
    if (from !== this.#versionOf(known)) return 'missed';
    this.#things.set(id, merged(known, patch));
    return 'applied';
  }

  clear() {
    this.#things.clear();
    this.#forgotten.clear();
  }

  delete(id: string) {
    this.#things.delete(id);
    this.#forgotten.delete(id);
  }

  /** Keeps what is shown, but takes the next answer or event as it comes. */
  forgetVersions() {
    for (const id of this.#things.keys()) this.#forgotten.add(id);
  }
}

function merged<T>(known: T, patch: Record<string, unknown>): T {
  const next: Record<string, unknown> = { ...(known as Record<string, unknown>) };
  for (const [name, value] of Object.entries(patch)) next[name] = value;
  return next as T;
}
