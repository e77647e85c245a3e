// What the whole interface shows at its edges: the newest runs, what waits, the agents, the repositories. Read once, kept
// up to date by events.
import { api, ask, type Agent, type QueuedJob, type Repository, type Run } from '$lib/api/client';
import { median } from '$lib/format';
import { statusOf } from '$lib/status';
import { Entities } from './entities.svelte';
import type { Change } from './protocol';
import { Resource } from './resource.svelte';
import { stream } from './stream.svelte';

/** Newest runs that are kept; older ones have pages of their own. */
const runsRead = 200;
const usualOf = 20;

interface QueueSnapshot {
  jobs: QueuedJob[];
  /** There are more than the first page. */
  more: boolean;
}

class World {
  readonly runs = new Entities<Run>((run) => run.version);
  readonly agents = new Entities<Agent>((agent) => agent.revision);
  queue: QueueSnapshot = $state.raw({ jobs: [], more: false });

  readonly runsRead = new Resource(async (signal) => {
    const answer = await ask(api.GET('/api/v1/runs', { params: { query: { limit: runsRead } }, signal }));
    for (const run of answer.runs) this.runs.put(run);
    return { more: answer.next_cursor !== null };
  });
  readonly agentsRead = new Resource(async (signal) => {
    const answer = await ask(api.GET('/api/v1/agents', { params: { query: { limit: 200 } }, signal }));
    for (const agent of answer.agents) this.agents.put(agent);
    return true;
  });
  readonly queueRead = new Resource(async (signal) => {
    const answer = await ask(api.GET('/api/v1/queue', { signal }));
    this.queue = { jobs: answer.jobs, more: answer.next_cursor !== null };
    return true;
  });
  readonly repositories = new Resource<Repository[]>(async (signal) => {
    const answer = await ask(api.GET('/api/v1/repositories', { signal }));
    return answer.repositories;
  });

  #read() {
    this.runs.forgetVersions();
    this.agents.forgetVersions();
    void this.runsRead.load();
    void this.agentsRead.load();
    void this.queueRead.load();
    void this.repositories.load();
  }

  /** Reads everything and follows it until the function that is returned is called. */
  start(): () => void {
    this.#read();
    return stream.follow(['runs', 'queue', 'agents'], {
      read: () => this.#read(),
      changed: (change) => this.#changed(change)
    });
  }

  #changed(change: Change) {
    if (change.kind === 'run') {
      if (this.runs.apply(change) === 'missed') void this.#readRun(change.id);
    } else if (change.kind === 'agent') {
      if (this.agents.apply(change) === 'missed') void this.agentsRead.load();
    } else if (change.kind === 'queue') {
      const whole = change.patch as { jobs?: QueuedJob[]; next_cursor?: unknown } | null;
      if (whole?.jobs) this.queue = { jobs: whole.jobs, more: whole.next_cursor != null };
    }
  }

  async #readRun(id: string) {
    const { data } = await api.GET('/api/v1/runs/{id}', { params: { path: { id } } });
    if (data) this.runs.put(data);
  }

  /** Newest first. */
  readonly newest = $derived.by(() => this.runs.all().sort((a, b) => (a.created_at < b.created_at ? 1 : -1)));

  /** Of a repository; of those that were sent by hand without one. */
  runsOf(repository: string | undefined): Run[] {
    return this.newest.filter((run) => run.repository_id === repository);
  }

  /** How long a run of this pipeline usually takes, in ms: the median of the last that succeeded. Times of a run that was repeated reach over all its rounds, and are compared with nothing. */
  usual(run: Run): number | undefined {
    if (run.round > 1) return undefined;
    const before = this.newest
      .filter(
        (other) => other.id !== run.id && other.repository_id === run.repository_id && other.pipeline === run.pipeline
      )
      .filter(
        (other) =>
          other.state === 'succeeded' &&
          other.round === 1 &&
          (other.repository_id !== undefined || other.name === run.name)
      )
      .slice(0, usualOf)
      .map(lengthOf);
    return median(before.filter((length) => length !== undefined));
  }
}

/** From its start to its end, in ms. */
export function lengthOf(run: { started_at?: string; finished_at?: string }): number | undefined {
  if (!run.started_at || !run.finished_at) return undefined;
  return Date.parse(run.finished_at) - Date.parse(run.started_at);
}

export const isActive = (run: Run): boolean => !statusOf(run).ended;

export const world = new World();
