// The lines that say what went wrong: where they stand, what they say, and telling those who hear the page of new ones.
import { isSame } from './permalink';
import type { Place } from './protocol';

/** Of so many of them, the text is asked for. */
const TEXTS_MAX = 100;
/** Who hears the page is told of new errors at most this often. */
export const ANNOUNCE_EVERY_MS = 5000;
/** Errors come many at a time, and what they say a moment later. */
const ANNOUNCE_AFTER_MS = 500;
const SAID_CHARACTERS = 200;

export interface ErrorLine extends Place {
  /** null: it is not known yet. */
  text: string | null;
}

const keyOf = ({ step, line }: Place): string => `${step}:${line}`;

export class ErrorLines {
  list: ErrorLine[] = $state.raw([]);
  total = $state(0);
  /** Which of them the reader is at; -1: none. */
  at = $state(-1);
  /** New ones are told to those who hear the page. */
  announcing = $state(false);
  announcement = $state('');

  places: Place[] = [];
  readonly #askText: (place: Place) => number;
  readonly #nameOf: (step: number) => string;
  readonly #lines = new Map<number, Set<number>>();
  readonly #texts = new Map<string, string>();
  readonly #requests = new Map<number, Place>();
  #untold: Place[] = [];
  #toldAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `askText` asks for one line and returns the id that its answer has. */
  constructor(askText: (place: Place) => number, nameOf: (step: number) => string) {
    this.#askText = askText;
    this.#nameOf = nameOf;
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  has({ step, line }: Place): boolean {
    return this.#lines.get(step)?.has(line) ?? false;
  }

  /** All that are known: the index of the log says so. */
  reset(steps: readonly { step: number; errors: readonly number[] }[], total: number): void {
    this.#lines.clear();
    for (const { step, errors } of steps) this.#lines.set(step, new Set(errors));
    this.places = steps
      .flatMap(({ step, errors }) => errors.map((line) => ({ step, line })))
      .sort((a, b) => a.step - b.step || a.line - b.line);
    this.total = total;
  }

  /** Returns whether this one is new. */
  add(place: Place): boolean {
    if (this.has(place)) return false;
    const lines = this.#lines.get(place.step);
    if (lines === undefined) this.#lines.set(place.step, new Set([place.line]));
    else lines.add(place.line);
    this.places.push(place);
    if (this.announcing) this.#untold.push(place);
    this.#announceSoon();
    return true;
  }

  /** Brings `list` up to date and asks for texts that are not here yet. */
  tell(complete: boolean): void {
    if (!complete) this.total = this.places.length;
    for (const place of this.places.slice(0, TEXTS_MAX)) this.#ask(place);
    this.list = this.places.map((place) => ({ ...place, text: this.#texts.get(keyOf(place)) ?? null }));
  }

  #ask(place: Place): void {
    if (this.#texts.has(keyOf(place))) return;
    this.#texts.set(keyOf(place), '');
    this.#requests.set(this.#askText(place), place);
  }

  /** Takes the answer with a text that was asked for. Returns whether it was one. */
  receive(id: number, lines: readonly (Place & { text: string })[]): boolean {
    const place = this.#requests.get(id);
    if (place === undefined) return false;
    this.#requests.delete(id);
    const line = lines.find((one) => isSame(one, place));
    if (line !== undefined) this.#texts.set(keyOf(place), line.text.slice(0, 400));
    return true;
  }

  // --- for those who hear the page

  setAnnouncing(announcing: boolean): void {
    this.announcing = announcing;
    this.#untold = [];
    this.announcement = announcing ? 'New errors are announced' : 'New errors are not announced';
  }

  #announceSoon(): void {
    if (this.#untold.length === 0 || this.#timer !== undefined) return;
    this.#ask(this.#untold[0]!);
    const pause = Math.max(ANNOUNCE_AFTER_MS, this.#toldAt + ANNOUNCE_EVERY_MS - Date.now());
    this.#timer = setTimeout(() => this.#announce(), pause);
  }

  #announce(): void {
    this.#timer = undefined;
    const [first, ...others] = this.#untold;
    this.#untold = [];
    if (first === undefined || !this.announcing) return;
    this.#toldAt = Date.now();
    const text = (this.#texts.get(keyOf(first)) ?? '').trim().slice(0, SAID_CHARACTERS);
    const place = `line ${first.line} of ${this.#nameOf(first.step)}`;
    this.announcement = `${others.length === 0 ? 'New error' : `${others.length + 1} new errors, the first`} in ${place}${text === '' ? '' : `: ${text}`}`;
  }
}
