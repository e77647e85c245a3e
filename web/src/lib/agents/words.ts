// Words for what the API says of an agent, and agents put together for people.
import type { Agent, Job, Schemas } from '$lib/api/client';
import { labelText } from '$lib/queue/line';
import { reasonText } from '$lib/reasons';
import { statusOf, statusOfShape, type Status } from '$lib/status';

export function statusOfAgent(agent: Agent): Status {
  switch (agent.state) {
    case 'offline':
      return statusOfShape('offline');
    case 'draining':
      return { ...statusOfShape('paused'), label: 'Draining' };
    case 'busy':
      return { ...statusOfShape('running'), label: 'Busy' };
    default:
      return statusOfShape('idle');
  }
}

/** As a job asks for them. os and arch are labels of every agent; they come first, as most jobs ask for them. */
export function labelsOf(agent: Agent): string[] {
  const first = ['os', 'arch'];
  const rank = (key: string) => (first.includes(key) ? first.indexOf(key) : first.length);
  return Object.entries(agent.labels)
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map(([key, value]) => labelText(key, value));
}

export const jobOf = (agent: Agent): string | undefined =>
  typeof agent.current_job === 'string' ? agent.current_job : undefined;

export interface Pool {
  key: string;
  agents: Agent[];
}

/** Fewer stand each for itself. */
const poolFrom = 5;

/**
 * Trouble first, then by name. Many agents that are alike are one row; one that is away or drains is not like the others.
 */
export function poolsOf(agents: readonly Agent[]): Pool[] {
  const alike = new Map<string, Agent[]>();
  for (const agent of agents) {
    const same = JSON.stringify([
      Object.entries(agent.labels).sort(),
      [...agent.executors].sort(),
      agent.version,
      Object.keys(agent.withdrawn).sort(),
      nameStem(agent.name)
    ]);
    const key = agent.state === 'offline' || agent.state === 'draining' ? agent.id : same;
    const known = alike.get(key);
    if (known) known.push(agent);
    else alike.set(key, [agent]);
  }
  return [...alike]
    .flatMap(([key, members]): Pool[] => {
      members.sort(byName);
      if (members.length >= poolFrom) return [{ key, agents: members }];
      return members.map((agent) => ({ key: agent.id, agents: [agent] }));
    })
    .sort((a, b) => poolRank(a) - poolRank(b) || byName(a.agents[0]!, b.agents[0]!));
}

/** `anvil-01` and `anvil-02` may be of one pool; `anvil-01` and `bench` are not. */
const nameStem = (name: string): string => name.replace(/[-_.]?\d+$/, '');

const collator = new Intl.Collator('en', { numeric: true });
const byName = (a: Agent, b: Agent): number => collator.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);

function poolRank({ agents }: Pool): number {
  if (agents.some((agent) => agent.state === 'offline')) return 0;
  if (agents.some((agent) => Object.keys(agent.withdrawn).length > 0)) return 1;
  return 2;
}

type Attempt = Schemas['AttemptView'];

/** What became of a job on an agent; the job itself may have gone on elsewhere. */
export const statusOfAttempt = (attempt: Attempt): Status =>
  attempt.state === 'released' ? { ...statusOfShape('skipped'), label: 'Given back' } : statusOf(attempt);

/** What became of the job afterwards: "then passed in attempt 3". Nothing where this attempt was its last. */
export function afterwards(job: Job, attempt: Attempt): string | undefined {
  if (!statusOfAttempt(attempt).ended) return undefined;
  const status = statusOf(job);
  if (job.attempt > attempt.attempt) return `then ${status.label.toLowerCase()} in attempt ${job.attempt}`;
  return status.ended ? undefined : 'now it waits for another attempt';
}

/** Why an attempt ended as it did; '' where its state says it all. */
export function endText(job: Job, attempt: Attempt): string {
  if (attempt.attempt === job.attempt && statusOf(job).ended && job.reason != null) {
    const why = reasonText(job.reason);
    return why === statusOfAttempt(attempt).label ? '' : why;
  }
  if (attempt.message) return attempt.message;
  return attempt.exit_code ? `exit code ${attempt.exit_code}` : '';
}
