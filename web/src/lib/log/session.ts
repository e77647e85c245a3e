import { CUT, LineParser } from './ansi';
import { isTemporary, problemOf } from '../problems';
import type { EventStream } from '../event-stream';
import { millisecondsOf, type IndexAnswer, type IndexStep, type LinesAnswer } from './answers';
import type { LogSearch } from './log-search';
import { covers, firstLineOf, Page, PageCache, PAGE_LINES, pageOf } from './pages';
import type { FromWorker, LineView, Measured, Place, Query, StepInfo, StepState, ToWorker } from './protocol';
import type { SseEvent } from '../sse';
import { StepLog } from './step-log';
import { StyleTable } from './styles';

/** Growth is told at most this often: a frame shows no more. */
const FLUSH_MS = 16;
/** Pages in memory. A log that streams keeps more, so that it can be searched here. */
const PAGES_BYTES_MAX = 160 * 1024 * 1024;
const COPY_LINES_MAX = 100_000;
/** A tab that nobody looks at gives its stream back after this time. */
const HIDDEN_CLOSE_MS = 30_000;
const RETRY_MS = 1000;
/** The server says something every 4 s. */
const SILENCE_MS = 15_000;

const encoder = new TextEncoder();
const LINE_FEED = new Uint8Array([10]);

/**
 * Everything about one attempt's log that is heavy: the stream, its parsing, its storage, the blocks of a log that has
 * ended, search. It runs in a worker; the page gets what is on the screen and how wide the other lines are.
 */
export class LogSession {
  readonly #styles = new StyleTable();
  readonly #pages: PageCache;
  readonly #steps = new Map<number, StepLog>();
  #attempt = 0;
  #complete = false;
  #logUrl = '';
  #attemptWanted: number | null = null;
  #stream: EventStream | null = null;
  #closed = false;
  #stylesTold = 1;
  #flushTimer: ReturnType<typeof setTimeout> | null = null;
  #hiddenTimer: ReturnType<typeof setTimeout> | null = null;
  #followRows = 0;
  #loading = new Map<string, Promise<string>>();
  /** Loaded with the first search. */
  #search: LogSearch | null = null;

  readonly #post: (message: FromWorker, transfer?: Transferable[]) => void;
  readonly #request: typeof fetch;
  constructor(
    post: (message: FromWorker, transfer?: Transferable[]) => void,
    request: typeof fetch = (input, init) => fetch(input, init),
    pagesBytesMax = PAGES_BYTES_MAX
  ) {
    this.#post = post;
    this.#request = request;

    this.#pages = new PageCache(pagesBytesMax);
  }

  handle(message: ToWorker): void {
    switch (message.type) {
      case 'open':
        this.#logUrl = `${message.api}/jobs/${encodeURIComponent(message.job)}/logs`;
        this.#attemptWanted = message.attempt;
        void this.#open();
        break;
      case 'follow':
        this.#followRows = message.rows;
        break;
      case 'lines':
        void this.#sendLines(message.id, message.step, message.from, message.to);
        break;
      case 'text':
        void this.#sendText(message.id, message.from, message.to);
        break;
      case 'search':
        void this.#startSearch(message.id, message.query);
        break;
      case 'visible':
        this.#setVisible(message.visible);
        break;
    }
  }

  close(): void {
    this.#closed = true;
    this.#stream?.close();
    if (this.#flushTimer !== null) clearTimeout(this.#flushTimer);
    if (this.#hiddenTimer !== null) clearTimeout(this.#hiddenTimer);
  }

  async #startSearch(id: number, query: Query | null): Promise<void> {
    if (query === null && this.#search === null) return;
    const loaded = await import('./log-search');
    this.#search ??= new loaded.LogSearch({
      steps: this.#steps,
      pages: this.#pages,
      request: this.#request,
      post: this.#post,
      state: () => ({ complete: this.#complete, attempt: this.#attempt, logUrl: this.#logUrl })
    });
    await this.#search.start(id, query);
  }

  // --- opening

  async #open(): Promise<void> {
    const index = await this.#readIndex();
    if (index === null || this.#closed) return;
    this.#attempt = index.attempt;
    this.#complete = index.complete;
    this.#takeIndexSteps(index);
    this.#postOpened(index);
    if (index.complete) {
      this.#post({ type: 'live', state: 'ended', detail: '' });
      return;
    }
    // A page that has begun is fetched, so that the stream can go on in it with the colours in force there.
    const begun = [...this.#steps.values()].filter(
      (step) => step.info.state === 'running' && step.lines % PAGE_LINES !== 0
    );
    await Promise.all(begun.map((step) => this.#continuePage(step)));
    await this.#startStream(index.event_id ?? '');
  }

  async #readIndex(): Promise<IndexAnswer | null> {
    const url =
      this.#attemptWanted === null ? `${this.#logUrl}/index` : `${this.#logUrl}/index?attempt=${this.#attemptWanted}`;
    for (let tries = 0; !this.#closed; tries++) {
      let status = 0;
      let detail = 'the server cannot be reached';
      try {
        const response = await this.#request(url);
        if (response.ok) return (await response.json()) as IndexAnswer;
        status = response.status;
        detail = await problemOf(response);
      } catch {
        // no network: tried again
      }
      if (status !== 0 && !isTemporary(status)) {
        this.#post({ type: 'problem', status, detail });
        return null;
      }
      this.#post({ type: 'live', state: 'reconnecting', detail });
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS * Math.min(2 ** tries, 30)));
    }
    return null;
  }

  /** When a step began is worked out where it is not told: steps follow each other, apart from those in the background. */
  #takeIndexSteps(index: IndexAnswer): void {
    let at = millisecondsOf(index.started_at);
    for (const told of index.steps) {
      const hasBegun = told.state !== 'pending' && told.state !== 'skipped';
      const known = this.#steps.get(told.step)?.info.startedAt ?? null;
      this.#takeIndexStep(told, millisecondsOf(told.started_at) ?? known ?? (hasBegun ? at : null));
      if (at !== null && !(told.background ?? false)) at += told.duration_ms ?? 0;
    }
  }

  #takeIndexStep(told: IndexStep, startedAt: number | null): StepLog {
    const info: StepInfo = {
      step: told.step,
      name: told.name,
      state: told.state as StepState,
      exitCode: told.exit_code ?? null,
      startedAt,
      durationMs: told.duration_ms ?? null,
      background: told.background ?? false
    };
    let step = this.#steps.get(told.step);
    if (step === undefined) {
      step = new StepLog(info, this.#styles, this.#pages);
      this.#steps.set(told.step, step);
      step.lines = told.lines;
      step.bytes = told.bytes;
      step.pendingFrom = told.lines + 1;
    } else {
      step.info = info;
    }
    return step;
  }

  #postOpened(index: IndexAnswer): void {
    this.#post({
      type: 'opened',
      attempt: index.attempt,
      complete: index.complete,
      firstError: index.first_error ?? null,
      errorsTotal: index.steps.reduce((sum, step) => sum + step.errors_total, 0),
      steps: index.steps.map((step) => ({
        ...this.#steps.get(step.step)!.info,
        lines: step.lines,
        bytes: step.bytes,
        errors: step.errors,
        groups: step.groups.map((group) => ({ ...group, last: group.last ?? Infinity }))
      }))
    });
  }

  async #continuePage(step: StepLog): Promise<void> {
    const number = pageOf(step.lines + 1);
    const lines = step.lines;
    step.lines = firstLineOf(number) - 1;
    step.page = null;
    const problem = await this.#readLines(step.info.step, step.lines + 1, lines, (text, time) => {
      step.time = time;
      step.parser.feed(text);
      step.parser.feed(LINE_FEED);
    });
    if (problem !== '') step.lines = lines; // shown without its first lines' colours
    step.pendingFrom = step.lines + 1;
    step.pendingCount = 0;
    step.errorsNew = [];
    step.marks.groups.length = step.marks.errors.length = 0;
  }

  // --- the stream

  /** A log that has ended needs no stream, so what keeps one up is loaded here. */
  async #startStream(lastId: string): Promise<void> {
    const loaded = await import('../event-stream');
    if (this.#closed || this.#complete) return;
    this.#stream = new loaded.EventStream(
      { url: `${this.#logUrl}/stream`, lastId, silenceMs: SILENCE_MS, fetch: this.#request },
      {
        onOpen: () => this.#post({ type: 'live', state: 'live', detail: '' }),
        onEvent: (event) => this.#onEvent(event),
        onCut: (detail) => this.#post({ type: 'live', state: 'reconnecting', detail }),
        onRefused: (answer) =>
          void problemOf(answer).then((detail) => this.#post({ type: 'problem', status: answer.status, detail }))
      }
    );
  }

  #onEvent(event: SseEvent): void {
    if (event.event === 'log') this.#onLog(event.data);
    else if (event.event === 'step') this.#onStep(event.data);
    else if (event.event === 'attempt') this.#onAttempt(event.data);
    else if (event.event === 'end') void this.#finish();
  }

  #onLog(data: string): void {
    const log = JSON.parse(data) as { step: number; offset: number; size: number; data: string; time?: number };
    const step = this.#steps.get(log.step) ?? this.#addStep(log.step);
    const end = log.offset + log.size;
    if (end <= step.bytes) return; // told before the connection was cut
    let bytes = encoder.encode(log.data);
    // Bytes that are no UTF-8 have changed their number; then what overlaps cannot be told apart and is taken twice.
    if (log.offset < step.bytes && bytes.length === log.size) bytes = bytes.subarray(step.bytes - log.offset);
    step.bytes = end;
    step.time = log.time ?? Date.now();
    step.feed(bytes);
    this.#flushSoon();
  }

  #onStep(data: string): void {
    const told = JSON.parse(data) as {
      step: number;
      name: string;
      state: StepState;
      exit_code: number | null;
      background?: boolean;
    };
    const step = this.#steps.get(told.step) ?? this.#addStep(told.step);
    const before = step.info.state;
    const info = {
      ...step.info,
      name: told.name,
      state: told.state,
      exitCode: told.exit_code,
      background: told.background ?? false
    };
    if (before === 'pending' && told.state !== 'pending') info.startedAt ??= Date.now();
    if (before === 'running' && told.state !== 'running') {
      step.parser.finish();
      if (info.startedAt !== null) info.durationMs ??= Date.now() - info.startedAt;
    }
    step.info = info;
    step.infoDirty = true;
    this.#flushSoon();
  }

  #addStep(number: number): StepLog {
    const info: StepInfo = {
      step: number,
      name: '',
      state: 'pending',
      exitCode: null,
      startedAt: null,
      durationMs: null,
      background: false
    };
    const step = new StepLog(info, this.#styles, this.#pages);
    this.#steps.set(number, step);
    return step;
  }

  #onAttempt(data: string): void {
    const { attempt } = JSON.parse(data) as { attempt: number };
    if (this.#attempt === 0) this.#attempt = attempt;
    if (attempt === this.#attempt) return;
    void this.#finish();
  }

  /** The attempt is over: the index says what only the whole log tells. */
  async #finish(): Promise<void> {
    if (this.#complete) return;
    this.#complete = true;
    this.#stream?.close();
    for (const step of this.#steps.values()) step.parser.finish();
    this.#flush();
    this.#attemptWanted = this.#attempt;
    const index = await this.#readIndex();
    if (index === null || this.#closed) return;
    this.#takeIndexSteps(index);
    for (const told of index.steps) this.#steps.get(told.step)!.lines = told.lines;
    this.#postOpened(index);
    this.#post({ type: 'live', state: 'ended', detail: '' });
  }

  #setVisible(visible: boolean): void {
    if (this.#hiddenTimer !== null) clearTimeout(this.#hiddenTimer);
    this.#hiddenTimer = null;
    if (this.#stream === null || this.#complete) return;
    if (!visible) {
      this.#hiddenTimer = setTimeout(() => this.#stream?.close(), HIDDEN_CLOSE_MS);
    } else if (this.#stream.isClosed) {
      void this.#startStream(this.#stream.lastId);
    } else {
      this.#stream.retryNow();
    }
  }

  // --- telling the page

  #flushSoon(): void {
    this.#flushTimer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  #flush(): void {
    if (this.#flushTimer !== null) clearTimeout(this.#flushTimer);
    this.#flushTimer = null;
    const message: FromWorker & { type: 'grown' } = {
      type: 'grown',
      lines: [],
      tail: [],
      styles: null,
      steps: [],
      groups: [],
      errors: [],
      bytes: 0
    };
    for (const step of this.#steps.values()) {
      message.bytes += step.bytes;
      if (step.infoDirty) message.steps.push(step.info);
      step.infoDirty = false;
      for (const line of step.errorsNew) message.errors.push({ step: step.info.step, line });
      step.errorsNew = [];
      this.#tellGroups(step, message.groups);
      if (!step.dirty) continue;
      const measured = step.takeMeasured();
      message.lines.push(measured);
      if (this.#followRows > 0)
        this.#addTail(step, Math.max(measured.from, measured.total - this.#followRows + 1), message.tail);
    }
    message.styles = this.#newStyles();
    this.#post(
      message,
      message.lines.flatMap((lines) => [lines.widths.buffer, lines.flags.buffer])
    );
    if (message.lines.length > 0) this.#search?.searchNew();
  }

  #tellGroups(step: StepLog, groups: (FromWorker & { type: 'grown' })['groups']): void {
    const all = step.marks.groups;
    // An open group is told again, as its end may have come meanwhile.
    if (step.groupsTold >= all.length) return;
    groups.push({ step: step.info.step, from: step.groupsTold, groups: all.slice(step.groupsTold) });
    while (step.groupsTold < all.length && Number.isFinite(all[step.groupsTold]!.last)) step.groupsTold++;
  }

  #addTail(step: StepLog, from: number, tail: LineView[]): void {
    for (let line = from; line <= step.lines; line++) {
      const view = this.#pages.peek(step.info.step, pageOf(line))?.viewOf(line);
      if (view !== undefined) tail.push(view);
    }
    const partial = step.partial();
    if (partial !== null) tail.push(partial);
  }

  #newStyles(): { from: number; list: StyleTable['list'] } | null {
    const from = this.#stylesTold;
    this.#stylesTold = this.#styles.list.length;
    return from === this.#stylesTold ? null : { from, list: this.#styles.list.slice(from) };
  }

  // --- lines by range

  async #sendLines(id: number, stepNumber: number, from: number, to: number): Promise<void> {
    const step = this.#steps.get(stepNumber);
    const lines: LineView[] = [];
    const measured: Measured[] = [];
    let problem = '';
    if (step !== undefined) {
      const last = Math.min(to, step.lines);
      for (let number = pageOf(from); number <= pageOf(last) && from <= last; number++) {
        const known = this.#pages.get(stepNumber, number);
        if (!covers(known, Math.min(last, firstLineOf(number + 1) - 1))) {
          problem ||= await this.#load(step, number);
          const page = this.#pages.get(stepNumber, number);
          if (page !== undefined) {
            measured.push({
              step: stepNumber,
              from: firstLineOf(number),
              total: step.lines,
              ...page.measure(0, page.count)
            });
          }
        }
        const page = this.#pages.get(stepNumber, number);
        if (page === undefined) continue;
        const end = Math.min(last, firstLineOf(number) + page.count - 1);
        for (let line = Math.max(from, firstLineOf(number)); line <= end; line++) lines.push(page.viewOf(line)!);
      }
      const partial = to > step.lines ? step.partial() : null;
      if (partial !== null) lines.push(partial);
    }
    this.#post({ type: 'lines', id, lines, measured, styles: this.#newStyles(), problem });
  }

  /** Brings a page from the server; returns what went wrong, or nothing. */
  #load(step: StepLog, number: number): Promise<string> {
    const key = `${step.info.step}:${number}`;
    let loading = this.#loading.get(key);
    if (loading === undefined) {
      loading = this.#loadPage(step, number).finally(() => this.#loading.delete(key));
      this.#loading.set(key, loading);
    }
    return loading;
  }

  async #loadPage(step: StepLog, number: number): Promise<string> {
    const page = new Page(step.info.step, number);
    const last = Math.min(step.lines, firstLineOf(number + 1) - 1);
    let time: number | null = null;
    let cut = false;
    const parser = new LineParser(this.#styles, (line) =>
      page.add(cut ? { ...line, flags: line.flags | CUT } : line, time)
    );
    const problem = await this.#readLines(step.info.step, firstLineOf(number), last, (text, at, isCut) => {
      time = at;
      cut = isCut;
      parser.feed(text);
      parser.feed(LINE_FEED);
    });
    if (page.count > 0) this.#pages.put(page);
    return problem;
  }

  /** Hands the lines [from, to] of a step to `take`, by as many requests as the server's limits ask for. */
  async #readLines(
    step: number,
    from: number,
    to: number,
    take: (text: Uint8Array, time: number | null, cut: boolean) => void
  ): Promise<string> {
    for (let next = from; next <= to;) {
      try {
        const query = `attempt=${this.#attempt}&step=${step}&from=${next}&count=${to - next + 1}`;
        const response = await this.#request(`${this.#logUrl}/lines?${query}`);
        if (!response.ok) return await problemOf(response);
        const answer = (await response.json()) as LinesAnswer;
        if (answer.lines.length === 0) return 'the server has no such lines any more';
        for (let i = 0; i < answer.lines.length; i++) {
          take(encoder.encode(answer.lines[i]), answer.times[i] ?? null, answer.cut?.includes(next + i) ?? false);
        }
        next += answer.lines.length;
      } catch {
        return 'the server cannot be reached';
      }
    }
    return '';
  }

  async #sendText(id: number, from: Place, to: Place): Promise<void> {
    const parts: string[] = [];
    let problem = '';
    const numbers = [...this.#steps.keys()]
      .sort((a, b) => a - b)
      .filter((step) => step >= from.step && step <= to.step);
    for (const number of numbers) {
      const step = this.#steps.get(number)!;
      const last = number === to.step ? Math.min(to.line, step.lines) : step.lines;
      for (let line = number === from.step ? from.line : 1; line <= last && problem === ''; line++) {
        if (parts.length >= COPY_LINES_MAX) {
          problem = `these are more than ${COPY_LINES_MAX.toLocaleString('en')} lines: download the log instead`;
          break;
        }
        if (!covers(this.#pages.get(number, pageOf(line)), line)) problem = await this.#load(step, pageOf(line));
        const text = this.#pages.get(number, pageOf(line))?.textOf(line);
        if (text !== undefined) parts.push(text);
      }
      const partial = number === to.step && to.line > step.lines ? step.partial() : null;
      if (partial !== null) parts.push(partial.text);
    }
    this.#post({ type: 'text', id, text: problem === '' ? parts.join('\n') : '', problem });
  }
}
