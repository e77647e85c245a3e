// What is searched for in a log: the query, the lines that have it, and whether only they are shown.
import { Hits } from './hits';
import type { FromWorker, Query } from './protocol';
import { expressionOf } from './search';
import type { LogViewer } from './viewer.svelte';

const SEARCH_PAUSE_MS = 150;
/** The id of no question to the worker. */
const NO_SEARCH = -1;
/** How many lines around each match a filter can show. */
export const contexts: readonly number[] = [0, 1, 2, 3, 5, 10, 25, 50];

/** The log that is searched, and how it is drawn. */
type Host = Pick<LogViewer, 'outline' | 'viewport' | 'top' | 'headHeight' | 'goTo'>;
interface Acts {
  /** Asks the worker; the answers carry the id. */
  ask: (query: Query | null) => number;
  /** What the steps show has changed. */
  changed: () => void;
}

export class Finder {
  query = $state('');
  regex = $state(false);
  matchCase = $state(false);
  /** Only lines with a match are shown, and `context` lines around each. */
  filtering = $state(false);
  context = $state(0);
  searching = $state(false);
  problem = $state('');
  total = $state(0);
  /** There are more than are named. */
  more = $state(false);
  /** Which of the hits the reader is at; -1: none. */
  at = $state(-1);
  hits = new Hits();

  readonly #host: Host;
  readonly #acts: Acts;
  #id = NO_SEARCH;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: Host, acts: Acts) {
    this.#host = host;
    this.#acts = acts;
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  setQuery(query: string): void {
    this.query = query;
    this.#clear();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.search(), SEARCH_PAUSE_MS);
  }

  /** What was found, and what is still on its way, is of another query. */
  #clear(): void {
    this.#id = NO_SEARCH;
    this.hits = new Hits();
    this.total = 0;
    this.at = -1;
    this.more = false;
    this.problem = '';
    this.searching = this.query !== '';
  }

  search(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#clear();
    if (this.query === '' && this.filtering) this.setFilter(false);
    else if (this.filtering) this.#host.outline.showOnly(new Map(), this.context);
    this.#highlight();
    const { query: text, regex, matchCase } = this;
    this.#id = this.#acts.ask(text === '' ? null : { text, regex, matchCase });
    this.#host.viewport?.schedule();
  }

  toggleCase(): void {
    this.matchCase = !this.matchCase;
    this.search();
  }

  toggleRegex(): void {
    this.regex = !this.regex;
    this.search();
  }

  #highlight(): void {
    let expression: RegExp | null = null;
    if (this.query !== '') {
      try {
        expression = expressionOf({ text: this.query, regex: this.regex, matchCase: this.matchCase });
      } catch {
        // The server may know what this browser does not; its hits are walked, but not marked.
      }
    }
    this.#host.viewport?.highlight(expression, this.at < 0 ? null : (this.hits.all[this.at] ?? null));
  }

  /** An answer of the worker; one to an older question is passed over. */
  receive({ id, hits, total, more, done, problem }: FromWorker & { type: 'hits' }): void {
    if (id !== this.#id) return;
    for (const { step, lines } of hits) {
      this.hits.add(step, lines);
      if (this.filtering) this.#host.outline.showToo(step, lines);
    }
    this.total = Math.max(total, this.hits.count);
    this.more = more;
    this.problem = problem;
    if (done) this.searching = false;
    if (this.at < 0 && this.hits.count > 0 && !this.filtering) {
      // The first hit at what is read now, not at the top of the log.
      const { top } = this.#host;
      this.#goTo(this.hits.atOrAfter(top.line > 0 ? top : { step: top.step, line: 1 }));
    }
    this.#host.viewport?.schedule();
  }

  next(direction: 1 | -1): void {
    if (this.#timer !== undefined) {
      this.search();
      return;
    }
    const { count } = this.hits;
    if (count === 0) return;
    this.#goTo(this.at < 0 ? (direction > 0 ? 0 : count - 1) : (this.at + direction + count) % count);
  }

  #goTo(index: number): void {
    const place = this.hits.all[index];
    if (place === undefined) return;
    this.at = index;
    this.#highlight();
    if (this.filtering) this.#host.viewport?.show(place, { headHeight: this.#host.headHeight });
    else this.#host.goTo(place);
  }

  /** Without a query there is nothing to filter by. */
  toggleFilter(): void {
    if (this.filtering || this.query !== '') this.setFilter(!this.filtering);
  }

  setFilter(filtering: boolean): void {
    const { outline, viewport } = this.#host;
    this.filtering = filtering;
    const change = (): void => {
      const lines = filtering ? this.hits.lines() : null;
      outline.showOnly(lines, this.context);
      for (const step of outline.steps) if (lines?.has(step.info.step)) step.open = true;
    };
    if (viewport === null) change();
    else viewport.keepPlace(change);
    this.#acts.changed();
  }

  /** How many lines around each match are shown with it. A query's lines alone are shown from then on. */
  setContext(lines: number): void {
    this.context = lines;
    if (this.query !== '') this.setFilter(true);
  }

  /** More or fewer lines around each match. */
  moveContext(direction: 1 | -1): void {
    const at = contexts.indexOf(this.context) + direction;
    this.setContext(contexts[Math.max(0, Math.min(contexts.length - 1, at))]!);
  }
}
