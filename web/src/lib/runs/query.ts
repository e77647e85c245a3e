// The filters of a list of runs live in its address, so that a link shows the same.
export const states = ['pending', 'queued', 'running', 'succeeded', 'failed', 'cancelled', 'skipped'] as const;
export const events = ['push', 'pull_request', 'tag', 'schedule', 'manual', 'api'] as const;

export interface Filters {
  state?: (typeof states)[number];
  event?: (typeof events)[number];
  branch?: string;
  author?: string;
}
export const filterNames = ['state', 'event', 'branch', 'author'] as const;

const oneOf = <T extends string>(values: readonly T[], value: string | null): T | undefined =>
  values.find((one) => one === value);

export function filtersOf(query: URLSearchParams): Filters {
  const filters: Filters = {};
  const state = oneOf(states, query.get('state'));
  const event = oneOf(events, query.get('event'));
  const branch = query.get('branch');
  const author = query.get('author');
  if (state) filters.state = state;
  if (event) filters.event = event;
  if (branch) filters.branch = branch;
  if (author) filters.author = author;
  return filters;
}

/** The query of an address: `?state=failed`, or nothing. */
export function queryOf(filters: Filters): string {
  const query = new URLSearchParams();
  for (const name of filterNames) {
    const value = filters[name];
    if (value) query.set(name, value);
  }
  const text = query.toString();
  return text && `?${text}`;
}

export const isFiltered = (filters: Filters): boolean => filterNames.some((name) => filters[name] !== undefined);
