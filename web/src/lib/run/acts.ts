// What can be done with a run. Each says how it went; the state itself comes back as an event.
import { api, ApiError, ask, type Run } from '$lib/api/client';
import { counted } from '$lib/format';
import { toasts } from '$lib/ui/toasts.svelte';

const of = (run: Run) => ({ params: { path: { id: run.id } } });

/** True when the server took it; otherwise the visitor was told why not. */
async function tried(what: string, act: () => Promise<string>): Promise<boolean> {
  try {
    toasts.show(await act());
    return true;
  } catch (cause) {
    if (!(cause instanceof ApiError)) throw cause;
    toasts.show(`${what}: ${cause.message}`, { kind: 'failed' });
    return false;
  }
}

export const rerun = (run: Run, jobs: 'all' | 'failed' | string[]): Promise<boolean> =>
  tried(`Run ${run.number} was not run again`, async () => {
    const { round, jobs: count } = await ask(api.POST('/api/v1/runs/{id}/rerun', { ...of(run), body: { jobs } }));
    return `Round ${round} of run ${run.number}: ${counted(count, 'job')} again`;
  });

export const cancel = (run: Run): Promise<boolean> =>
  tried(`Run ${run.number} was not cancelled`, async () => {
    await ask(api.POST('/api/v1/runs/{id}/cancel', of(run)));
    return `Run ${run.number} is being cancelled; what cleans up still runs`;
  });

/** Of just the plan that was looked at: another one is refused. */
export const approve = (run: Run, planDigest: string): Promise<boolean> =>
  tried(`Run ${run.number} was not approved`, async () => {
    await ask(api.POST('/api/v1/runs/{id}/approve', { ...of(run), body: { plan_digest: planDigest } }));
    return `Run ${run.number} is approved`;
  });
