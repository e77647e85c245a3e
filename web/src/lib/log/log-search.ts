import { problemOf } from '../problems';
import type { SearchAnswer } from './answers';
import { covers, firstLineOf, pageOf, type PageCache } from './pages';
import type { FromWorker, Query } from './protocol';
import { matcherOf, type PageMatcher } from './search';
import type { StepLog } from './step-log';

const SEARCH_SLICE_MS = 10;
const SEARCH_MATCHES_MAX = 10_000;
/** A server searches for a few at a time; after these many refusals it says so. */
const SEARCH_TRIES_MAX = 5;

/** The log that is searched, as it is now. */
export interface SearchHost {
  readonly steps: ReadonlyMap<number, StepLog>;
  readonly pages: PageCache;
  readonly request: typeof fetch;
  readonly post: (message: FromWorker, transfer?: Transferable[]) => void;
  /** `complete`: no more lines will come, and the server has them all. */
  readonly state: () => { complete: boolean; attempt: number; logUrl: string };
}

/** One search at a time: on the server where lines are only there, here in those that are in memory and that come. */
export class LogSearch {
  readonly #host: SearchHost;
  #current: { id: number; query: Query; matcher: PageMatcher } | null = null;
  #abort: AbortController | null = null;
  #total = 0;

  constructor(host: SearchHost) {
    this.#host = host;
  }

  async start(id: number, query: Query | null): Promise<void> {
    this.#abort?.abort();
    this.#current = null;
    this.#total = 0;
    if (query === null || query.text === '') return;
    // Steps of which some lines are only on the server: those are searched there, up to the last of them.
    const bounds = new Map<number, number>();
    for (const step of this.#host.steps.values()) {
      const bound = this.#lastAbsent(step);
      bounds.set(step.info.step, bound);
      step.searchedTo = bound;
    }
    if (!this.#host.state().complete) {
      try {
        this.#current = { id, query, matcher: matcherOf(query) };
      } catch (error) {
        this.#tellHits(id, [], 0, false, true, error instanceof Error ? error.message : 'no regular expression');
        return;
      }
    }
    const isRemote = this.#host.state().complete || [...bounds.values()].some((bound) => bound > 0);
    if (isRemote && !(await this.#searchServer(id, query, bounds))) return;
    if (this.#current?.id === id) await this.#searchHere(id);
  }

  #lastAbsent(step: StepLog): number {
    if (this.#host.state().complete) return step.lines;
    for (let number = pageOf(step.lines); number >= 0; number--) {
      const last = Math.min(step.lines, firstLineOf(number + 1) - 1);
      if (!covers(this.#host.pages.peek(step.info.step, number), last)) return last;
    }
    return 0;
  }

  /** Searches what the server has; it answers in parts when that takes long. Returns false when nothing is to follow. */
  async #searchServer(id: number, query: Query, bounds: Map<number, number>): Promise<boolean> {
    const { signal } = (this.#abort = new AbortController());
    const parameters = new URLSearchParams({
      attempt: String(this.#host.state().attempt),
      q: query.text,
      regex: String(query.regex),
      case: String(query.matchCase),
      limit: String(SEARCH_MATCHES_MAX)
    });
    let found = 0;
    let more = false;
    for (let busy = 0; ;) {
      let problem = 'the server cannot be reached';
      try {
        const response = await this.#host.request(`${this.#host.state().logUrl}/search?${parameters.toString()}`, {
          signal
        });
        if (response.status === 503 && busy++ < SEARCH_TRIES_MAX) {
          await pause((Number(response.headers.get('retry-after')) || 1) * 1000);
          if (signal.aborted) return false;
          continue;
        }
        if (!response.ok) problem = await problemOf(response);
        else {
          const answer = (await response.json()) as SearchAnswer;
          if (signal.aborted) return false;
          const hits = hitsWithin(answer, bounds, SEARCH_MATCHES_MAX - found);
          found += hits.reduce((sum, hit) => sum + hit.lines.length, 0);
          this.#total += this.#host.state().complete
            ? answer.total
            : hits.reduce((sum, hit) => sum + hit.lines.length, 0);
          const cursor = answer.next_cursor ?? null;
          more ||= cursor === null && answer.more;
          this.#tellHits(id, hits, this.#total, more, cursor === null && this.#current === null, '');
          if (cursor === null) return true;
          parameters.set('cursor', cursor);
          more ||= found >= SEARCH_MATCHES_MAX;
          continue;
        }
      } catch {
        if (signal.aborted) return false;
      }
      this.#tellHits(id, [], this.#total, more, true, problem);
      return false;
    }
  }

  /** Searches what is in memory, a slice at a time, so that the stream goes on. */
  async #searchHere(id: number): Promise<void> {
    for (let begun = performance.now(); this.#current?.id === id;) {
      const more = this.#slice(begun + SEARCH_SLICE_MS);
      if (!more) {
        this.#tellHits(id, [], this.#total, false, true, '');
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 0));
      begun = performance.now();
    }
  }

  searchNew(): void {
    this.#slice(performance.now() + SEARCH_SLICE_MS);
  }

  /** Returns whether there is more to search. */
  #slice(until: number): boolean {
    const search = this.#current;
    if (search === null) return false;
    const hits: { step: number; lines: Uint32Array<ArrayBuffer> }[] = [];
    let more = false;
    for (const step of this.#host.steps.values()) {
      const found: number[] = [];
      while (step.searchedTo < step.lines) {
        if (performance.now() > until) {
          more = true;
          break;
        }
        const number = pageOf(step.searchedTo + 1);
        const first = firstLineOf(number);
        const last = Math.min(step.lines, firstLineOf(number + 1) - 1);
        const page = this.#host.pages.peek(step.info.step, number);
        if (page !== undefined && page.count >= last - first + 1) {
          search.matcher(page, step.searchedTo + 1 - first, last - first + 1, (index) => found.push(first + index));
        }
        step.searchedTo = last;
      }
      if (found.length > 0) hits.push({ step: step.info.step, lines: new Uint32Array(found) });
      this.#total += found.length;
    }
    if (hits.length > 0) this.#tellHits(search.id, hits, this.#total, false, !more, '');
    return more;
  }

  #tellHits(
    id: number,
    hits: { step: number; lines: Uint32Array<ArrayBuffer> }[],
    total: number,
    more: boolean,
    done: boolean,
    problem: string
  ): void {
    this.#host.post(
      { type: 'hits', id, hits, total, more, done, problem },
      hits.map((hit) => hit.lines.buffer)
    );
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The matches by step, up to the lines that are searched elsewhere. */
function hitsWithin(
  answer: SearchAnswer,
  bounds: Map<number, number>,
  most: number
): { step: number; lines: Uint32Array<ArrayBuffer> }[] {
  const lines = new Map<number, number[]>();
  for (const { step, line } of answer.matches.slice(0, most)) {
    if (line > (bounds.get(step) ?? 0)) continue;
    const list = lines.get(step);
    if (list === undefined) lines.set(step, [line]);
    else list.push(line);
  }
  return [...lines].map(([step, list]) => ({ step, lines: new Uint32Array(list) }));
}
