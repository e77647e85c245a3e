// What the server makes of a run that failed or took long: GET /api/v1/runs/{id}/analysis.
import { api, ApiError, ask, type Schemas } from '$lib/api/client';

export type Analysis = Schemas['AnalysisView'];
export type Failure = Schemas['FailureView'];
export type RunMark = Schemas['RunMarkView'];

/** undefined: there is no such run. */
export async function readAnalysis(run: string, signal: AbortSignal): Promise<Analysis | undefined> {
  try {
    return await ask(api.GET('/api/v1/runs/{id}/analysis', { params: { path: { id: run } }, signal }));
  } catch (cause) {
    if (cause instanceof ApiError && cause.status === 404) return undefined;
    throw cause;
  }
}
