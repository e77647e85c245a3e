// The answers of the log's endpoints, as the worker reads them.

import type { components } from '$lib/api/schema';

type Schemas = components['schemas'];
export type IndexAnswer = Schemas['LogIndexView'];
export type IndexStep = Schemas['LogStepView'];
export type LinesAnswer = Schemas['LogLinesView'];
export type SearchAnswer = Schemas['LogSearchView'];

/** A time as the API tells it, in milliseconds. */
export function millisecondsOf(time: string | number | null | undefined): number | null {
  if (time === null || time === undefined) return null;
  const value = typeof time === 'number' ? time : Date.parse(time);
  return Number.isFinite(value) ? value : null;
}
