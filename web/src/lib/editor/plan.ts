// A plan drawn as a run is drawn: its jobs as groups of the graph.
import type { RunJob, Schemas } from '$lib/api/client';
import { counted } from '$lib/format';
import { reasonText } from '$lib/reasons';
import type { Group } from '$lib/run/groups';
import { statusOfShape } from '$lib/status';

export type Plan = Schemas['Plan'];
export type PlannedJob = Schemas['PlannedJob'];
export type Finding = Schemas['Finding'];

const asRunJob = (job: PlannedJob): RunJob => ({
  id: job.key,
  version: 0,
  key: job.key,
  name: job.name,
  needs: job.needs.map((need) => need.job),
  round: 0,
  state: job.skipped ? 'skipped' : 'pending',
  reason: job.skipped ?? null,
  warning: false,
  attempts: 0,
  created_at: ''
});

export interface PlannedGroup extends Group {
  planned: PlannedJob[];
}

export function planGroups(plan: Plan): PlannedGroup[] {
  const byJob = new Map<string, PlannedJob[]>();
  for (const job of plan.jobs) {
    const known = byJob.get(job.job);
    if (known) known.push(job);
    else byJob.set(job.job, [job]);
  }
  return [...byJob].map(([key, planned]) => {
    const skipped = planned.every((job) => job.skipped);
    const shape = skipped ? 'skipped' : planned.some((job) => job.approval) ? 'approval' : 'idle';
    return {
      key,
      planned,
      jobs: planned.map(asRunJob),
      needs: [...new Set(planned.flatMap((job) => job.needs.map((need) => need.job)))],
      status: statusOfShape(shape),
      ended: 0,
      bad: 0
    };
  });
}

/** Under the name of a node. */
export function groupWords({ planned }: PlannedGroup): [string, string] {
  const [first] = planned;
  if (first && planned.every((job) => job.skipped)) return [reasonText(first.skipped) || 'Skipped', ''];
  const skipped = planned.filter((job) => job.skipped).length;
  const many = planned.length > 1 ? counted(planned.length, 'job') : '';
  if (first?.approval) return ['Asks for approval', many];
  if (skipped > 0) return [`${planned.length - skipped} of ${counted(planned.length, 'job')}`, ''];
  return [first?.spec?.image || first?.spec?.executor || 'Would run', many];
}

/** The line of the file where a job begins, from 1. */
export function lineOfJob(text: string, job: string): number | undefined {
  const lines = text.split('\n');
  const jobs = lines.findIndex((line) => /^jobs\s*:/.test(line));
  const names = [job, `"${job}"`, `'${job}'`];
  const at = lines.findIndex((line, i) => {
    const rest = line.trimStart();
    return (
      i > jobs && line !== rest && names.some((name) => rest.startsWith(name) && /^\s*:/.test(rest.slice(name.length)))
    );
  });
  return jobs < 0 || at < 0 ? undefined : at + 1;
}

/** What the hint of a finding would put in place of what stands there. */
export const fixOf = (finding: Finding): string | undefined => /^Did you mean "([^"]+)"\?$/.exec(finding.hint)?.[1];

export const findingText = ({ path, message, hint }: Finding): string =>
  [path ? `${path} ${message}` : message, hint].filter(Boolean).join('. ').replaceAll('..', '.');

export const secretsOf = (plan: Plan): string[] =>
  [...new Set(plan.jobs.flatMap((job) => Object.values(job.secrets)))].sort();
