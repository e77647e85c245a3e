import { afterEach, expect, it, vi } from 'vitest';

vi.mock('$app/paths', () => ({ base: '', resolve: (path: string) => path }));
vi.mock('$lib/live/stream.svelte', () => ({ stream: { follow: () => () => undefined } }));
const { cancelJob, JobModel } = await import('./job.svelte');

afterEach(() => vi.unstubAllGlobals());

/** Answers each path with its document, and notes what was asked for. */
function served(documents: Record<string, object>): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (path: string) => {
    asked.push(path);
    const document = documents[path];
    return Promise.resolve(new Response(JSON.stringify(document ?? {}), { status: document ? 200 : 404 }));
  });
  return asked;
}

it('a job that belongs to a run asks for that run, once', async () => {
  const asked = served({
    '/api/v1/jobs/j1': { id: 'j1', run_id: 'r1', attempt: 2 },
    '/api/v1/runs/r1': { id: 'r1', jobs: [] }
  });
  const model = new JobModel('j1');
  await vi.waitFor(() => expect(model.run.data?.id).toBe('r1'));
  expect(asked).toEqual(['/api/v1/jobs/j1', '/api/v1/runs/r1']);
  expect(model.opened).toBe(2);
  model.close();
});

it('a job without a run asks for none', async () => {
  const asked = served({ '/api/v1/jobs/j1': { id: 'j1', attempt: 0 } });
  const model = new JobModel('j1');
  await vi.waitFor(() => expect(model.job.data?.id).toBe('j1'));
  model.read();
  await vi.waitFor(() => expect(asked).toHaveLength(2));
  expect(asked).toEqual(['/api/v1/jobs/j1', '/api/v1/jobs/j1']);
  model.close();
});

it('a job without a run is cancelled by itself', async () => {
  const fetched = vi.fn(() => Promise.resolve(new Response('{"state":"cancelled"}')));
  vi.stubGlobal('fetch', fetched);
  await cancelJob('j1');
  expect(fetched).toHaveBeenCalledWith(
    '/api/v1/jobs/j1/status',
    expect.objectContaining({ method: 'PUT', body: '{"status":"cancelled"}' })
  );
});
