import { afterEach, describe, expect, it, vi } from 'vitest';
// Outside a browser there is no page that a path could be relative to.
vi.mock('$app/paths', () => ({ base: 'http://ci.example', resolve: (path: string) => path }));

import { ApiError } from '$lib/api/client';
import { Again } from './again.svelte';
import { Checked } from './checked.svelte';

const json = (value: unknown, status = 200) =>
  new Response(JSON.stringify(value), { status, headers: { 'content-type': 'application/json' } });

/** Answers by path; what it was asked is kept. */
function serve(answers: (url: URL, body: string) => Response | undefined) {
  const asked: { url: URL; body: string }[] = [];
  vi.stubGlobal('fetch', (path: string, init: RequestInit = {}) => {
    const url = new URL(path, 'http://ci');
    const body = typeof init.body === 'string' ? init.body : '';
    asked.push({ url, body });
    return Promise.resolve(
      answers(url, body) ?? json({ status: 404, code: 'not_found', title: 'Not found', detail: '' }, 404)
    );
  });
  return asked;
}
afterEach(() => vi.unstubAllGlobals());

const text = 'jobs: {a: {steps: [{run: x}]}}\n';
const run = { id: 'r1', number: 7, event: 'push', repository_id: 'repo', branch: 'main', pipeline: '.open-cicd.yml' };
const server = (more: (url: URL, body: string) => Response | undefined = () => undefined) =>
  serve((url, body) => {
    const given = more(url, body);
    if (given) return given;
    if (url.pathname.endsWith('/workflow'))
      return new Response(text, { headers: { 'content-type': 'application/yaml' } });
    if (url.pathname.endsWith('/plan')) return json({ inputs: { target: 'staging', shards: 4, note: null }, jobs: [] });
    if (url.pathname.endsWith('/run-form'))
      return json({
        inputs: [{ name: 'target', type: 'choice', options: ['staging', 'prod'], default_value: 'x', required: true }]
      });
    if (url.pathname.endsWith('/runs/r1')) return json(run);
    return undefined;
  });

describe('a run that is edited', () => {
  it('begins with the text and the inputs of the round', async () => {
    const asked = server();
    const again = new Again('r1', 2);
    expect(await again.read()).toBe(text);
    expect(asked.every(({ url }) => url.pathname.endsWith('/run-form') || url.searchParams.get('round') === '2')).toBe(
      true
    );
    expect(again.event).toBe('push');
    expect(again.changed(text)).toBe(false);
    expect(again.allInputs()).toEqual({ target: 'staging', shards: '4' });
  });
  it('knows what differs, and sends no more of the inputs than that', async () => {
    const asked = server((url) => (url.pathname.endsWith('/rerun') ? json({ round: 3, jobs: 1 }, 202) : undefined));
    const again = new Again('r1', undefined);
    await again.read();
    again.set('shards', 4);
    expect(again.changed(text)).toBe(false);
    again.set('target', 'prod');
    expect(again.changed(text)).toBe(true);
    await again.start(text);
    expect(JSON.parse(asked.at(-1)?.body ?? '')).toEqual({ jobs: 'all', pipeline: text, inputs: { target: 'prod' } });
  });
  it('shows the inputs as the file of the branch defines them, with the values of the run', async () => {
    server();
    const again = new Again('r1', undefined);
    await again.read();
    await vi.waitFor(() => expect(again.definitions).toHaveLength(1));
    const [target, shards] = again.inputs(undefined);
    expect(target).toMatchObject({
      type: 'choice',
      options: ['staging', 'prod'],
      default_value: 'staging',
      required: false
    });
    expect(shards).toMatchObject({ type: 'number', default_value: 4 });
  });
  it('tells what is wrong with an input at its field, until it is changed', async () => {
    server((url) =>
      url.pathname.endsWith('/rerun')
        ? json(
            { status: 422, code: 'invalid', title: 'x', errors: [{ field: 'inputs.target', message: 'is no option' }] },
            422
          )
        : undefined
    );
    const again = new Again('r1', undefined);
    await again.read();
    await expect(again.start(text)).rejects.toBeInstanceOf(ApiError);
    expect(again.errors).toEqual({ 'inputs.target': 'is no option' });
    again.set('target', 'prod');
    expect(again.errors).toEqual({});
  });
});

describe('the plan of an edited file', () => {
  it('leaves out an input that the file does not know any more, and says so', async () => {
    const asked = serve((url) => {
      if (url.pathname.endsWith('/lint')) return json({ valid: true, errors: [], warnings: [] });
      if (url.searchParams.has('input.gone'))
        return json(
          { status: 422, code: 'invalid', title: 'x', errors: [{ field: 'inputs.gone', message: 'is no input' }] },
          422
        );
      return json({ inputs: { kept: 'a' }, jobs: [] });
    });
    const checked = new Checked();
    const event = { name: undefined, branch: 'main', tag: '', changed: [], inputs: { gone: '1', kept: 'a' } };
    checked.check(text, event, true);
    await vi.waitFor(() => expect(checked.plan).toBeDefined());
    expect(checked.inputErrors).toEqual({ 'inputs.gone': 'is no input' });
    expect(asked.at(-1)?.url.searchParams.get('input.kept')).toBe('a');
    expect(asked.at(-1)?.url.searchParams.has('event')).toBe(false);
    checked.stop();
  });
});
