// The one way to the server's API. Nothing else fetches, apart from the workers of the event stream and of the log.
import { base } from '$app/paths';
import type { Client } from 'openapi-fetch';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
export type Run = Schemas['RunView'];
export type RunJob = Schemas['RunJobView'];
export type Job = Schemas['JobView'];
export type Agent = Schemas['AgentView'];
export type QueuedJob = Schemas['QueuedJobView'];
export type Repository = Schemas['RepositoryView'];
export type ProblemDocument = Schemas['Problem'];

/** Why a request got no answer that could be used, in words for the visitor. */
export class ApiError extends Error {
  constructor(
    /** 0: no answer came. */
    readonly status: number,
    readonly code: string,
    message: string,
    readonly requestId?: string,
    readonly fields: ProblemDocument['errors'] = []
  ) {
    super(message);
    this.name = 'ApiError';
  }

  /** The same request may work later without anybody doing anything. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

type Listener = () => void;
const signedOutListeners = new Set<Listener>();
/** Calls back when the server says that nobody is signed in. */
export function onSignedOut(listener: Listener): () => void {
  signedOutListeners.add(listener);
  return () => signedOutListeners.delete(listener);
}
export function tellSignedOut() {
  for (const listener of signedOutListeners) listener();
}

interface Init {
  params?: { path?: Record<string, unknown>; query?: Record<string, unknown> };
  body?: unknown;
  /** How the body is written, where it is not JSON; `headers` then name its type. */
  bodySerializer?: (body: unknown) => string;
  headers?: Record<string, string>;
  signal?: AbortSignal | null;
}

/** `/a/{id}` with its parameters in place; of a list in the query, each entry is told by itself. */
function pathOf(path: string, { path: inPath = {}, query = {} }: NonNullable<Init['params']>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value])
      if (one !== undefined && one !== null) parameters.append(name, String(one));
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(inPath[name])));
  return parameters.size === 0 ? filled : `${filled}?${parameters.toString()}`;
}

const send =
  (method: string) =>
  async (
    path: string,
    { params = {}, body, bodySerializer = JSON.stringify, headers = {}, signal }: Init = {}
  ): Promise<Answer<unknown>> => {
    const response = await globalThis.fetch(`${base}${pathOf(path, params)}`, {
      method,
      credentials: 'same-origin',
      signal: signal ?? null,
      ...(body === undefined
        ? {}
        : { body: bodySerializer(body), headers: { 'content-type': 'application/json', ...headers } })
    });
    if (response.status === 401 && path !== '/api/v1/session') tellSignedOut();
    const text = await response.text();
    if (response.ok) return { data: text === '' ? undefined : JSON.parse(text), response };
    try {
      return { error: JSON.parse(text), response };
    } catch {
      return { error: text, response };
    }
  };

/** A function for each method, typed by the OpenAPI document: `api.GET('/api/v1/jobs/{id}', { params: { path: { id } } })`. */
export const api = {
  GET: send('GET'),
  POST: send('POST'),
  PUT: send('PUT'),
  PATCH: send('PATCH'),
  DELETE: send('DELETE')
} as unknown as Pick<Client<paths>, 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'>;

const isProblem = (value: unknown): value is ProblemDocument =>
  typeof value === 'object' && value !== null && 'code' in value && 'status' in value;

export function errorOf(status: number, body: unknown): ApiError {
  if (isProblem(body)) {
    return new ApiError(status, body.code, body.detail || body.title, body.request_id, body.errors ?? []);
  }
  return new ApiError(status, 'unknown', `The server answered ${status} without saying why.`);
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The answer's data, or a thrown ApiError: also when no answer came. */
export async function ask<T>(request: Promise<Answer<T>>): Promise<NonNullable<T>> {
  let answer: Answer<T>;
  try {
    answer = await request;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError(0, 'unreachable', 'The server can’t be reached. Is it running, and is the network up?');
  }
  if (!answer.response.ok) throw errorOf(answer.response.status, answer.error);
  return answer.data as NonNullable<T>;
}

/** For answers that the OpenAPI document of this build does not have yet, and for plain ones. */
export async function askPath<T>(path: string, init: RequestInit = {}): Promise<T> {
  let response: Response;
  try {
    response = await globalThis.fetch(`${base}${path}`, { credentials: 'same-origin', ...init });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError(0, 'unreachable', 'The server can’t be reached. Is it running, and is the network up?');
  }
  const json = response.headers.get('content-type')?.includes('json');
  const body: unknown = json ? await response.json() : await response.text();
  if (!response.ok) {
    if (response.status === 401 && path !== '/api/v1/session') tellSignedOut();
    throw errorOf(response.status, body);
  }
  return body as T;
}
