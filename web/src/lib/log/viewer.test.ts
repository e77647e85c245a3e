import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keyName, letterActs } from './keys';
import type { FromWorker, Group, Opened, StepState, ToWorker } from './protocol';
import { LogViewer } from './viewer.svelte';

interface Told {
  state: StepState;
  lines: number;
  errors?: number[];
  groups?: Group[];
  background?: boolean;
}

/** A viewer and the other end of its worker. */
class Harness {
  sent: ToWorker[] = [];
  say!: (message: FromWorker) => void;
  readonly viewer: LogViewer;

  constructor(stored?: Pick<Storage, 'getItem' | 'setItem'>) {
    this.viewer = new LogViewer({
      open: (onMessage) => {
        this.say = onMessage;
        return { send: (message) => this.sent.push(message), close: () => {} };
      },
      api: '/api/v1',
      job: 'j1',
      attempt: 1,
      aim: null,
      stored
    });
  }

  opened(steps: Told[], firstError: Opened['firstError'] = null, complete = true) {
    this.say({
      type: 'opened',
      attempt: 1,
      complete,
      firstError,
      errorsTotal: steps.reduce((sum, step) => sum + (step.errors?.length ?? 0), 0),
      steps: steps.map((step, number) => ({
        step: number,
        name: `step ${number}`,
        state: step.state,
        exitCode: null,
        startedAt: null,
        durationMs: null,
        background: step.background ?? false,
        lines: step.lines,
        bytes: step.lines * 10,
        groups: step.groups ?? [],
        errors: step.errors ?? []
      }))
    });
  }
  /** The worker's answer to the newest search. */
  hits(lines: number[]) {
    this.say({
      type: 'hits',
      id: this.last('search').id,
      hits: [{ step: 0, lines: new Uint32Array(lines) }],
      total: lines.length,
      more: false,
      done: true,
      problem: ''
    });
  }
  get openSteps(): number[] {
    return this.viewer.steps.filter((step) => step.open).map((step) => step.step);
  }
  last<T extends ToWorker['type']>(type: T): ToWorker & { type: T } {
    return this.sent.findLast((message) => message.type === type) as ToWorker & { type: T };
  }
}

describe('LogViewer', () => {
  it('opens what failed and leaves what went well folded', () => {
    const one = new Harness();
    one.opened(
      [
        { state: 'succeeded', lines: 5 },
        { state: 'failed', lines: 9, errors: [4] },
        { state: 'succeeded', lines: 2, errors: [1] }
      ],
      { step: 1, line: 4 }
    );
    expect(one.openSteps).toEqual([1]);
    expect(one.viewer.errors.at).toBe(0);
  });

  it('opens the last step with lines when all went well', () => {
    const one = new Harness();
    one.opened([
      { state: 'succeeded', lines: 5 },
      { state: 'succeeded', lines: 3 },
      { state: 'succeeded', lines: 9, background: true },
      { state: 'succeeded', lines: 0 }
    ]);
    expect(one.openSteps).toEqual([1]);
  });

  it('folds groups that have ended without an error', () => {
    const one = new Harness();
    const groups = [
      { first: 1, last: 10, title: 'well' },
      { first: 11, last: 20, title: 'badly' },
      { first: 21, last: Infinity, title: 'not yet' }
    ];
    one.opened([{ state: 'failed', lines: 30, errors: [15], groups }], { step: 0, line: 15 });
    const step = one.viewer.outline.step(0)!;
    expect(step.groups.map((group) => step.isFolded(group))).toEqual([true, false, false]);
  });

  it('lists errors in the order of the log, with what they say once it is known', () => {
    const one = new Harness();
    one.opened([{ state: 'failed', lines: 9, errors: [2, 7] }]);
    expect(one.viewer.errors.list.map((error) => error.line)).toEqual([2, 7]);
    const asked = one.sent.filter((message) => message.type === 'lines');
    expect(asked.map((message) => message.from)).toEqual([2, 7]);
    one.say({
      type: 'lines',
      id: asked[1]!.id,
      lines: [{ step: 0, line: 7, text: 'error: no', runs: null, time: null, flags: 0 }],
      measured: [],
      styles: null,
      problem: ''
    });
    one.opened([{ state: 'failed', lines: 9, errors: [2, 7] }]);
    expect(one.viewer.errors.list[1]!.text).toBe('error: no');
  });

  it('counts the hits of the newest search alone', () => {
    const one = new Harness();
    one.opened([{ state: 'succeeded', lines: 900 }]);
    one.viewer.finder.query = 'a';
    one.viewer.finder.search();
    const old = one.last('search').id;
    one.viewer.finder.query = 'ab';
    one.viewer.finder.search();
    const hits = [{ step: 0, lines: new Uint32Array([3, 8]) }];
    one.say({
      type: 'hits',
      id: old,
      hits: [{ step: 0, lines: new Uint32Array(500) }],
      total: 500,
      more: false,
      done: true,
      problem: ''
    });
    one.say({ type: 'hits', id: one.last('search').id, hits, total: 2, more: false, done: true, problem: '' });
    expect([
      one.viewer.finder.total,
      one.viewer.finder.hits.count,
      one.viewer.finder.at,
      one.viewer.finder.searching
    ]).toEqual([2, 2, 0, false]);
    one.viewer.finder.next(-1);
    expect(one.viewer.finder.at).toBe(1);
  });

  it('is searching from the first letter on, and what was found before counts no more', () => {
    vi.useFakeTimers();
    const one = new Harness();
    one.opened([{ state: 'succeeded', lines: 900 }]);
    const { finder } = one.viewer;
    const state = () => [finder.searching, finder.total, finder.hits.count, finder.at];
    finder.setQuery('a');
    expect(state()).toEqual([true, 0, 0, -1]);
    vi.runAllTimers();
    one.hits([3, 8]);
    expect(state()).toEqual([false, 2, 2, 0]);
    finder.setQuery('ab');
    expect(state()).toEqual([true, 0, 0, -1]);
    one.hits([3, 8]); // the answer to "a" once more
    expect(state()).toEqual([true, 0, 0, -1]);
    vi.runAllTimers();
    one.hits([]);
    expect(state()).toEqual([false, 0, 0, -1]);
    finder.setQuery('');
    expect(finder.searching).toBe(false);
    finder.close();
    vi.useRealTimers();
  });

  it('asks the worker once for a query that is typed, and filters by it by a key', () => {
    const one = new Harness();
    one.opened([{ state: 'succeeded', lines: 900 }]);
    one.viewer.finder.toggleFilter();
    expect(one.viewer.finder.filtering).toBe(false); // by nothing
    one.viewer.finder.query = 'a';
    one.viewer.finder.search();
    one.hits([100, 101, 500]);
    one.viewer.finder.toggleFilter();
    const { rows } = one.viewer.outline.step(0)!;
    expect(rows.total).toBe(3);
    one.viewer.finder.moveContext(1);
    expect([one.viewer.finder.context, rows.total]).toEqual([1, 7]);
    for (let i = 0; i < 20; i++) one.viewer.finder.moveContext(1);
    expect([one.viewer.finder.context, rows.total]).toEqual([50, 203]);
    for (let i = 0; i < 20; i++) one.viewer.finder.moveContext(-1);
    expect([one.viewer.finder.context, rows.total]).toEqual([0, 3]);
    one.viewer.finder.toggleFilter();
    expect(rows.total).toBe(900);
  });

  it('selects a line, a range from it in both directions, and nothing again', () => {
    const one = new Harness();
    one.opened([{ state: 'failed', lines: 30 }]);
    const told: unknown[] = [];
    one.viewer.onSelect = (range) => told.push(range);
    one.viewer.clickLine({ step: 0, line: 9 }, false);
    one.viewer.clickLine({ step: 0, line: 4 }, true);
    expect(one.viewer.selection).toEqual({ from: { step: 0, line: 4 }, to: { step: 0, line: 9 } });
    one.viewer.clickLine({ step: 0, line: 12 }, true);
    expect(one.viewer.selection).toEqual({ from: { step: 0, line: 9 }, to: { step: 0, line: 12 } });
    one.viewer.clickLine({ step: 0, line: 2 }, false);
    one.viewer.clickLine({ step: 0, line: 2 }, false);
    expect(one.viewer.selection).toBeNull();
    expect(told).toHaveLength(5);
  });

  it('remembers how the log shall look, and is not confused by what else is stored', () => {
    const store = new Map<string, string>();
    const stored = {
      getItem: (name: string) => store.get(name) ?? null,
      setItem: (name: string, value: string) => void store.set(name, value)
    };
    const one = new Harness(stored);
    one.viewer.setTimes('clock');
    one.viewer.setWrap(false);
    expect(new Harness(stored).viewer.errors.announcing).toBe(false);
    one.viewer.toggleAnnouncing();
    expect(new Harness(stored).viewer.errors.announcing).toBe(true);
    expect([new Harness(stored).viewer.times, new Harness(stored).viewer.wrap]).toEqual(['clock', false]);
    for (const strange of ['{', '[]', '{"times":"never","wrap":1}', 'null']) {
      store.set('log', strange);
      expect([new Harness(stored).viewer.times, new Harness(stored).viewer.wrap], strange).toEqual(['step', true]);
    }
  });

  describe('on the screen', () => {
    const height = 400;
    beforeEach(() => {
      vi.stubGlobal(
        'ResizeObserver',
        class {
          observe() {}
          disconnect() {}
        }
      );
    });
    afterEach(() => vi.unstubAllGlobals());
    /** A viewer of 1,000 lines with one group, which holds lines 100 to 200; the view begins at `top`. */
    const shown = (top: number) => {
      const one = new Harness();
      const element = () => document.createElement('div');
      const scroller = element();
      Object.defineProperties(scroller, { clientHeight: { value: height }, clientWidth: { value: 1000 } });
      one.viewer.attach(scroller, element(), element());
      one.opened([{ state: 'failed', lines: 1000, groups: [{ first: 100, last: 200, title: 'group' }] }]);
      const { outline, viewport } = one.viewer;
      const at = () => outline.topOf({ step: 0, line: 100 }) - viewport!.scroll.top;
      one.viewer.toggleGroup(0, 100, false);
      viewport!.goTo(top);
      return { viewer: one.viewer, at };
    };

    it('a group that is folded and unfolded stays where it is', () => {
      const { viewer, at } = shown(1900);
      const before = at();
      expect(before).toBeGreaterThan(viewer.headHeight);
      expect(before).toBeLessThan(height);
      viewer.toggleGroup(0, 100);
      expect(at()).toBe(before);
      viewer.toggleGroup(0, 100);
      expect(at()).toBe(before);
      viewer.close();
    });

    it('a group that begins above the view comes below the head of its step when it is folded', () => {
      const { viewer, at } = shown(3000);
      expect(at()).toBeLessThan(0);
      viewer.select({ from: { step: 0, line: 150 }, to: { step: 0, line: 150 } });
      viewer.foldAtCursor(true);
      expect(at()).toBe(viewer.headHeight);
      expect(viewer.selection?.from.line).toBe(100);
      viewer.toggleGroup(0, 100);
      expect(at()).toBe(viewer.headHeight);
      viewer.close();
    });
  });

  it('says what could not be opened', () => {
    const one = new Harness();
    one.say({ type: 'problem', status: 404, detail: 'The job has no attempt 9.' });
    expect(one.viewer.problem).toEqual({ status: 404, detail: 'The job has no attempt 9.' });
  });
});

describe('keys of the log', () => {
  const press = (key: string, more: Partial<KeyboardEvent> = {}) =>
    keyName({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more });
  it('have names', () => {
    expect([
      press('f', { metaKey: true }),
      press(' '),
      press(' ', { shiftKey: true }),
      press('ArrowUp', { shiftKey: true }),
      press('E', { shiftKey: true }),
      press('a', { altKey: true })
    ]).toEqual(['Ctrl+F', 'Space', 'Shift+Space', 'Shift+ArrowUp', 'E', null]);
  });
  it('are each for one thing', () => {
    const names = letterActs.map(([key]) => key);
    expect(new Set(names).size).toBe(names.length);
  });
});
