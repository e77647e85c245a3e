// What pages and the one that holds the event stream say to each other.

/** An event as the server tells it (docs/reference/events.md). */
export interface Change {
  topic: string;
  kind: 'run' | 'job' | 'agent' | 'queue';
  id: string;
  from: number;
  version: number;
  /** null: it was removed. */
  patch: Record<string, unknown> | null;
}

export type StreamState =
  | { name: 'idle' }
  | { name: 'connecting' }
  | { name: 'live' }
  /** `since`: when the last byte came, in unix ms. */
  | { name: 'reconnecting'; since: number }
  | { name: 'paused' }
  | { name: 'signed-out' };

/** From a page to the hub. */
export type FromPage =
  | { say: 'follow'; topics: string[] }
  /** A page that is watched, or that will notify, keeps the stream open. */
  | { say: 'watched'; watched: boolean }
  /** The network is back, or somebody asked to try now. */
  | { say: 'retry' }
  | { say: 'leave' };

/** From the hub to a page. */
export type ToPage =
  | { say: 'state'; state: StreamState }
  /** From now on these topics are told of: what the page shows of them is to be read. */
  | { say: 'ready'; topics: string[] }
  | { say: 'changes'; changes: Change[] }
  /** Events are missing: everything shown is to be read again. */
  | { say: 'reset' };
