import type { Style } from './styles';

/** A line of a step, both counted as the server does: steps from -1 (set-up), lines from 1. */
export interface Place {
  step: number;
  line: number;
}

/** What the page needs to draw a line alone. `runs` are packed by styles.ts, offsets in `text`, where tabs are spaces already. */
export interface LineView {
  step: number;
  line: number;
  text: string;
  runs: number[] | null;
  time: number | null;
  flags: number;
}

export interface Group {
  first: number;
  last: number; // Infinity while it is open
  title: string;
}

export type StepState = 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'timed_out' | 'skipped';

export interface StepInfo {
  step: number;
  name: string;
  state: StepState;
  exitCode: number | null;
  startedAt: number | null;
  durationMs: number | null;
  background: boolean;
}

/** How far the worker's connection is. `ended` says that nothing will come any more. */
export type LiveState = 'loading' | 'live' | 'reconnecting' | 'ended';

export interface Query {
  text: string;
  regex: boolean;
  matchCase: boolean;
}

/** Lines [from, …] of a step as they are now: what was there before is replaced. `widths` and `flags` are one entry a line. */
export interface Measured {
  step: number;
  from: number;
  total: number; // lines that the step has then
  widths: Uint16Array<ArrayBuffer>;
  flags: Uint8Array<ArrayBuffer>;
}

export type ToWorker =
  | { type: 'open'; api: string; job: string; attempt: number | null; aim: Place | null }
  | { type: 'follow'; rows: number }
  | { type: 'lines'; id: number; step: number; from: number; to: number }
  | { type: 'text'; id: number; from: Place; to: Place }
  | { type: 'search'; id: number; query: Query | null }
  | { type: 'visible'; visible: boolean };

export interface Opened {
  type: 'opened';
  attempt: number;
  complete: boolean;
  steps: (StepInfo & { lines: number; bytes: number; groups: Group[]; errors: number[] })[];
  errorsTotal: number;
  firstError: Place | null;
}

export interface Grown {
  type: 'grown';
  lines: Measured[];
  /** The newest lines, when the page follows: asking for them would be a frame too late. */
  tail: LineView[];
  styles: { from: number; list: Style[] } | null;
  steps: StepInfo[];
  groups: { step: number; from: number; groups: Group[] }[];
  errors: Place[];
  bytes: number;
}

export type FromWorker =
  | Opened
  | Grown
  | { type: 'live'; state: LiveState; detail: string }
  | {
      type: 'lines';
      id: number;
      lines: LineView[];
      measured: Measured[];
      styles: { from: number; list: Style[] } | null;
      problem: string;
    }
  | { type: 'text'; id: number; text: string; problem: string }
  | {
      type: 'hits';
      id: number;
      hits: { step: number; lines: Uint32Array<ArrayBuffer> }[];
      total: number;
      more: boolean;
      done: boolean;
      problem: string;
    }
  | { type: 'problem'; status: number; detail: string };
