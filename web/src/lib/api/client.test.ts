import { afterEach, describe, expect, it, vi } from 'vitest';
import { api, ApiError, ask, askPath, onSignedOut } from './client';

function answerWith(response: Response) {
  const fetched = vi.fn<(path: string, init: RequestInit) => Promise<Response>>(() => Promise.resolve(response));
  vi.stubGlobal('fetch', fetched);
  return fetched;
}
afterEach(() => vi.unstubAllGlobals());

describe('a request', () => {
  it('has its parameters in the path and the query, escaped, and none that is absent', async () => {
    const fetched = answerWith(Response.json({ items: [] }));
    await api.GET('/api/v1/runs', { params: { query: { branch: 'a b/ü', cursor: undefined, limit: 3 } } });
    await expect(ask(api.GET('/api/v1/jobs/{id}', { params: { path: { id: '../x?y' } } }))).rejects.toThrow(); // the one answer is read already
    expect(fetched.mock.calls.map(([path]) => path)).toEqual([
      '/api/v1/runs?branch=a+b%2F%C3%BC&limit=3',
      '/api/v1/jobs/..%2Fx%3Fy'
    ]);
  });

  it('sends a body as JSON, with the cookie of this origin alone', async () => {
    const fetched = answerWith(new Response(null, { status: 204 }));
    const { data } = await api.POST('/api/v1/runs/{id}/rerun', {
      params: { path: { id: 'r' } },
      body: { jobs: ['a'] }
    });
    expect(data).toBeUndefined();
    expect(fetched.mock.calls[0]![1]).toMatchObject({
      method: 'POST',
      body: '{"jobs":["a"]}',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json' }
    });
  });

  it('sends a body that is no JSON as it is written', async () => {
    const fetched = answerWith(Response.json({}));
    await api.POST('/api/v1/lint', {
      body: 'on: push' as never,
      bodySerializer: (body: unknown) => body as string,
      headers: { 'content-type': 'application/yaml' }
    });
    expect(fetched.mock.calls[0]![1]).toMatchObject({
      body: 'on: push',
      headers: { 'content-type': 'application/yaml' }
    });
  });
});

describe('an answer that is none', () => {
  it('is the problem that the server tells', async () => {
    answerWith(
      Response.json({ status: 404, code: 'not_found', title: 'Not found', detail: 'no such job' }, { status: 404 })
    );
    const failure = await ask(api.GET('/api/v1/jobs/{id}', { params: { path: { id: 'x' } } })).catch(
      (cause: unknown) => cause
    );
    expect(failure).toMatchObject({ status: 404, code: 'not_found', message: 'no such job' });
  });

  it('may be no JSON: something on the way answered', async () => {
    answerWith(new Response('<h1>Bad gateway</h1>', { status: 502 }));
    const failure = await ask(api.GET('/api/v1/runs')).catch((cause: unknown) => cause);
    expect(failure).toBeInstanceOf(ApiError);
    expect(failure).toMatchObject({ status: 502, code: 'unknown', passing: true });
  });

  it('says when nobody is signed in, but not to who asks just that', async () => {
    const told = vi.fn();
    const stop = onSignedOut(told);
    answerWith(new Response('', { status: 401 }));
    await askPath('/api/v1/session').catch(() => undefined);
    expect(told).not.toHaveBeenCalled();
    answerWith(new Response('', { status: 401 }));
    await api.GET('/api/v1/runs');
    expect(told).toHaveBeenCalledOnce();
    stop();
  });
});
