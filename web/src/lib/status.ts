// The one table of states: what each is called, which token colours it and which mark stands for it. A mark is never
// shown without its word beside it or as its label.

export type Shape =
  | 'approval'
  | 'cancelled'
  | 'cancelling'
  | 'failed'
  | 'idle'
  | 'lost'
  | 'never'
  | 'offline'
  | 'passed'
  | 'paused'
  | 'retry'
  | 'running'
  | 'skipped'
  | 'timeout'
  | 'waiting'
  | 'warning';

export interface Status {
  /** The mark, and the value of data-s, which gives its colours (styles/ui.css). */
  shape: Shape;
  label: string;
  /** Nothing follows unless somebody runs it again. */
  ended: boolean;
  /** It makes a run red. */
  bad: boolean;
  /** Order of attention: what needs a look comes first. */
  rank: number;
}

const table: Record<Shape, Status> = {
  never: { shape: 'never', label: 'Can’t start', ended: false, bad: true, rank: 0 },
  failed: { shape: 'failed', label: 'Failed', ended: true, bad: true, rank: 1 },
  timeout: { shape: 'timeout', label: 'Timed out', ended: true, bad: true, rank: 1 },
  lost: { shape: 'lost', label: 'Agent lost', ended: true, bad: true, rank: 1 },
  offline: { shape: 'offline', label: 'Offline', ended: false, bad: true, rank: 1 },
  approval: { shape: 'approval', label: 'Needs approval', ended: false, bad: false, rank: 2 },
  retry: { shape: 'retry', label: 'Retrying', ended: false, bad: false, rank: 3 },
  cancelling: { shape: 'cancelling', label: 'Cancelling', ended: false, bad: false, rank: 4 },
  running: { shape: 'running', label: 'Running', ended: false, bad: false, rank: 5 },
  waiting: { shape: 'waiting', label: 'Waiting', ended: false, bad: false, rank: 6 },
  warning: { shape: 'warning', label: 'Passed with warnings', ended: true, bad: false, rank: 7 },
  cancelled: { shape: 'cancelled', label: 'Cancelled', ended: true, bad: false, rank: 8 },
  paused: { shape: 'paused', label: 'Paused', ended: false, bad: false, rank: 9 },
  passed: { shape: 'passed', label: 'Passed', ended: true, bad: false, rank: 10 },
  idle: { shape: 'idle', label: 'Idle', ended: false, bad: false, rank: 11 },
  skipped: { shape: 'skipped', label: 'Skipped', ended: true, bad: false, rank: 12 }
};

/** What the API says of a run, a job, an attempt or a step. */
export interface Stateful {
  state: string;
  /** `{code, facts}`, or null. */
  reason?: unknown;
  /** Of a run: an allowed failure happened. */
  warnings?: boolean;
  /** Of a job: its failure was allowed. */
  warning?: boolean;
}

const shapes: Record<string, Shape> = {
  pending: 'waiting',
  blocked: 'waiting',
  queued: 'waiting',
  assigned: 'running',
  running: 'running',
  cancelling: 'cancelling',
  succeeded: 'passed',
  failed: 'failed',
  timed_out: 'timeout',
  lost: 'lost',
  cancelled: 'cancelled',
  skipped: 'skipped'
};

export const codeOf = (reason: unknown): string | undefined =>
  typeof reason === 'object' && reason !== null && 'code' in reason && typeof reason.code === 'string'
    ? reason.code
    : undefined;

export function statusOf(thing: Stateful): Status {
  const shape = shapes[thing.state];
  if (!shape) {
    // A newer server may know states that this page does not; they are shown by their own name.
    return { shape: 'waiting', label: thing.state.replaceAll('_', ' '), ended: false, bad: false, rank: 6 };
  }
  if (shape === 'waiting') {
    const code = codeOf(thing.reason);
    if (code === 'no_agent_fits') return table.never;
    if (code === 'waiting_for_approval') return table.approval;
    if (code === 'retrying') return table.retry;
  }
  if (shape === 'passed' && (thing.warnings || thing.warning)) return table.warning;
  if (thing.warning && table[shape].bad) return { ...table.warning, label: `${table[shape].label}, allowed` };
  return table[shape];
}

export const statusOfShape = (shape: Shape): Status => table[shape];
export const allStatuses: readonly Status[] = Object.values(table);
