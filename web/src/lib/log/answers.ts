// The answers of the log's endpoints, as the worker reads them.

export interface IndexAnswer {
  attempt: number;
  complete: boolean;
  started_at?: string | number | null;
  event_id?: string;
  steps: IndexStep[];
  first_error?: { step: number; line: number } | null;
}

export interface IndexStep {
  step: number;
  name: string;
  state: string;
  bytes: number;
  lines: number;
  started_at?: string | number | null;
  duration_ms?: number | null;
  exit_code?: number | null;
  background?: boolean;
  groups: { first: number; last?: number | null; title: string }[];
  errors: number[];
  errors_total: number;
}

export interface LinesAnswer {
  step: number;
  from: number;
  lines: string[];
  times: (number | null)[];
  total: number;
  complete: boolean;
  /** Lines whose end was left out, by number. */
  cut?: number[];
}

export interface SearchAnswer {
  total: number;
  more: boolean;
  matches: { step: number; line: number }[];
  /** The search took long: where the next request goes on. */
  next_cursor?: string | null;
}

/** A time as the API tells it, in milliseconds. */
export function millisecondsOf(time: string | number | null | undefined): number | null {
  if (time === null || time === undefined) return null;
  const value = typeof time === 'number' ? time : Date.parse(time);
  return Number.isFinite(value) ? value : null;
}
