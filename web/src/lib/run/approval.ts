// What somebody who approves a run has to know of its plan.
import type { Schemas } from '$lib/api/client';

type Job = Schemas['PlannedJob'];

/** Names of the secrets that its jobs and steps ask for, each once. */
export const secretsOf = (jobs: readonly Job[]): string[] =>
  [
    ...new Set(
      jobs.flatMap((job) => [
        ...Object.values(job.secrets),
        ...job.steps.flatMap((step) => Object.values(step.secrets))
      ])
    )
  ].sort();

/** Where its commands would run: `shell`, `docker`, … */
export const executorsOf = (jobs: readonly Job[]): string[] =>
  [...new Set(jobs.flatMap((job) => job.spec?.executor ?? []))].sort();

export interface ShownStep {
  name: string;
  run: string;
}

/** The commands of a job in their order; a plugin is shown by its image. */
export function stepsOf(job: Job): ShownStep[] {
  return (job.spec?.steps ?? []).map((step, i) => {
    const uses = job.steps.find((one) => one.step === i)?.uses;
    const run = step.run.join('\n') || (uses ? `uses: ${uses}` : '');
    return { name: step.name || `Step ${i + 1}`, run };
  });
}
