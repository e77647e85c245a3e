import type { FromWorker, ToWorker } from './protocol';

/** What the page has of the worker; a test has the same without one. */
export interface WorkerLink {
  send: (message: ToWorker) => void;
  close: () => void;
}
export type OpenLink = (onMessage: (message: FromWorker) => void) => WorkerLink;
