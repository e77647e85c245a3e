// Both sides of a comparison, as the server has them.
import { api, ApiError, ask, askPath, type Run, type RunJob, type Schemas } from '$lib/api/client';
import { lastGreen, type Asked } from './compare';

export interface Side {
  run: Run;
  round: number;
  jobs: RunJob[];
  workflow: string;
  inputs: Record<string, unknown>;
}
export interface Sides {
  after: Side;
  /** Missing: there is no green run yet. */
  before?: Side;
}

/** Runs that are looked through for the last green one. */
const greenRead = 200;

async function readSide(id: string, round: number | undefined, signal: AbortSignal): Promise<Side> {
  const at = { params: { path: { id }, query: round === undefined ? {} : { round } }, signal };
  const { jobs = [], ...run } = await ask(api.GET('/api/v1/runs/{id}', at));
  const query = `?round=${round ?? run.round}`;
  const [workflow, plan] = await Promise.all([
    askPath<string>(`/api/v1/runs/${encodeURIComponent(id)}/workflow${query}`, { signal }),
    readPlan(id, round ?? run.round, signal)
  ]);
  return { run, round: round ?? run.round, jobs, workflow, inputs: plan?.inputs ?? {} };
}

/** Nothing: its file could not be planned. */
async function readPlan(id: string, round: number, signal: AbortSignal): Promise<Schemas['Plan'] | undefined> {
  try {
    return await ask(api.GET('/api/v1/runs/{id}/plan', { params: { path: { id }, query: { round } }, signal }));
  } catch (cause) {
    if (cause instanceof ApiError && cause.status !== 0) return undefined;
    throw cause;
  }
}

export async function readSides(
  id: string,
  { round, against }: Asked,
  defaultBranchOf: (run: Run) => string,
  signal: AbortSignal
): Promise<Sides> {
  const after = await readSide(id, round, signal);
  if (against.kind === 'round') return { after, before: await readSide(id, against.round, signal) };
  if (against.kind === 'run') return { after, before: await readSide(against.id, undefined, signal) };
  const { run } = after;
  const { runs } = await ask(
    api.GET('/api/v1/runs', {
      params: {
        query: { repository: run.repository_id, pipeline: run.pipeline, state: 'succeeded', limit: greenRead }
      },
      signal
    })
  );
  const green = lastGreen(runs, run, defaultBranchOf(run));
  return green ? { after, before: await readSide(green.id, undefined, signal) } : { after };
}

/** Which agent ran a job last. */
export async function readAgent(job: string, signal: AbortSignal): Promise<string | undefined> {
  const { attempts = [] } = await ask(api.GET('/api/v1/jobs/{id}', { params: { path: { id: job } }, signal }));
  return attempts.at(-1)?.agent;
}
