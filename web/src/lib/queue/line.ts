// What waits, put together for people: the jobs of one matrix that wait for the same are one entry, and what waiting will
// not help stands apart from the line.
import type { Agent, QueuedJob } from '$lib/api/client';
import { groupKey } from '$lib/run/groups';
import { codeOf } from '$lib/status';

export interface Entry {
  key: string;
  jobs: QueuedJob[];
  /** The one that comes first. */
  first: QueuedJob;
  /** The job of the pipeline file that all of them belong to; undefined: they are of several. */
  group: string | undefined;
  code: string;
  runId: string | undefined;
  /** Since when the longest waits. */
  since: string;
  startsAt: string | undefined;
  /** When the last of them starts, if that is known of all. */
  lastStartsAt: string | undefined;
}

export interface Line {
  stuck: Entry[];
  line: Entry[];
}

/** Held: no agent would change anything. */
export type Kind = 'agents' | 'held';
const agentCodes = new Set(['waiting_for_agent', 'retrying', 'waiting_for_exclusive_release']);
export const kindOf = (entry: Entry): Kind => (agentCodes.has(entry.code) ? 'agents' : 'held');

export const sinceOf = (job: QueuedJob): string => job.queued_at ?? job.created_at;

export function lineOf(jobs: readonly QueuedJob[]): Line {
  const entries = new Map<string, QueuedJob[]>();
  for (const job of jobs) {
    const key = entryKey(job);
    const known = entries.get(key);
    if (known) known.push(job);
    else entries.set(key, [job]);
  }
  const all = [...entries].map(([key, members]) => entryOf(key, members));
  return {
    stuck: all.filter(({ code }) => code === 'no_agent_fits'),
    line: all.filter(({ code }) => code !== 'no_agent_fits').sort(byTurn)
  };
}

function entryKey(job: QueuedJob): string {
  const code = codeOf(job.reason) ?? '';
  if (!job.run_id) return job.id;
  // An approval and an earlier run hold a whole run; a label that nobody has is missed by all that ask for it.
  if (code === 'waiting_for_approval') return `${job.run_id} ${code}`;
  if (code === 'no_agent_fits') return `${job.run_id} ${code} ${job.executor} ${JSON.stringify(job.runs_on)}`;
  return `${job.run_id} ${code} ${groupKey(job.key ?? job.name)}`;
}

function entryOf(key: string, jobs: QueuedJob[]): Entry {
  const first = jobs.reduce((before, job) =>
    (job.position ?? Infinity) < (before.position ?? Infinity) ? job : before
  );
  const groups = new Set(jobs.map((job) => groupKey(job.key ?? job.name)));
  const starts = jobs.flatMap((job) => job.estimate?.starts_at ?? []).sort();
  return {
    key,
    jobs,
    first,
    group: groups.size === 1 ? [...groups][0] : undefined,
    code: codeOf(first.reason) ?? '',
    runId: first.run_id,
    since: jobs.map(sinceOf).sort()[0] ?? first.created_at,
    startsAt: starts[0],
    lastStartsAt: starts.length === jobs.length && jobs.length > 1 ? starts.at(-1) : undefined
  };
}

/** Those that are in line by their place, then those that something holds, the longest waiting first. */
function byTurn(a: Entry, b: Entry): number {
  const held = Number(kindOf(a) === 'held') - Number(kindOf(b) === 'held');
  if (held !== 0) return held;
  const place = (a.first.position ?? Infinity) - (b.first.position ?? Infinity);
  if (place !== 0 && !Number.isNaN(place)) return place;
  return a.since < b.since ? -1 : a.since > b.since ? 1 : 0;
}

/** "flash", "135 jobs of conformance", "4 jobs". */
export function entryName(entry: Entry): string {
  if (entry.jobs.length === 1) return entry.first.name;
  return `${entry.jobs.length} jobs${entry.group === undefined ? '' : ` of ${entry.group}`}`;
}

export interface NearAgent {
  agent: Agent;
  /** In the order of what is asked for. */
  has: { wanted: string; there: boolean; instead: string | undefined }[];
  missing: number;
}

/** What a job asks for and an agent may lack: its labels, and the executor if some agent has another one. */
export function nearestAgents(agents: readonly Agent[], job: QueuedJob, most = 3): NearAgent[] {
  return agents
    .map((agent) => {
      const has = [
        ...job.runs_on.map((wanted) => ({ wanted, ...labelOf(agent, wanted) })),
        { wanted: job.executor, there: agent.executors.includes(job.executor), instead: undefined }
      ];
      return { agent, has, missing: has.filter((one) => !one.there).length };
    })
    .sort((a, b) => a.missing - b.missing || a.agent.name.localeCompare(b.agent.name))
    .slice(0, most);
}

/** `wanted` is `key` (any value) or `key=value`. */
function labelOf(agent: Agent, wanted: string): { there: boolean; instead: string | undefined } {
  const equals = wanted.indexOf('=');
  const key = equals < 0 ? wanted : wanted.slice(0, equals);
  if (!Object.hasOwn(agent.labels, key)) return { there: false, instead: undefined };
  const value = agent.labels[key] ?? '';
  if (equals < 0 || value === wanted.slice(equals + 1)) return { there: true, instead: undefined };
  return { there: false, instead: labelText(key, value) };
}

export const labelText = (key: string, value: string): string => (value === '' ? key : `${key}=${value}`);

/** What nobody has; empty: each is somewhere, but not all on one agent. */
export function missingEverywhere(agents: readonly Agent[], job: QueuedJob): string[] {
  return job.runs_on.filter((wanted) => !agents.some((agent) => labelOf(agent, wanted).there));
}
