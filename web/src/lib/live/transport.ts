// How a page reaches the hub: in a shared worker; where there is none (Chrome on Android), in the page that holds a lock,
// over a channel; and where there are no locks either, in this page alone.
import { workerUrl } from '$lib/trusted';
import type { Hub } from './hub';
import sharedWorkerUrl from './shared-worker.ts?sharedworker&url';
import type { FromPage, ToPage } from './protocol';

export type Send = (message: FromPage) => void;

const lockName = 'open-cicd-events';

/** `receive` gets what the hub says; `onNewHub` is called when another page took over, which knows nothing of this one. */
export function openTransport(base: string, receive: (message: ToPage) => void, onNewHub: () => void): Send {
  if (typeof SharedWorker !== 'undefined' && 'locks' in navigator) return throughWorker(base, receive);
  if (typeof BroadcastChannel !== 'undefined' && 'locks' in navigator) return throughLeader(base, receive, onNewHub);
  return alone(base, receive);
}

/** Most browsers have a shared worker, so the hub is loaded into a page only where it is needed. */
const loadHub = async (base: string): Promise<Hub> => new (await import('./hub')).Hub(base);

function alone(base: string, receive: (message: ToPage) => void): Send {
  const send = loadHub(base).then((hub) => hub.add(receive));
  return (message) => void send.then((send) => send(message));
}

function throughWorker(base: string, receive: (message: ToPage) => void): Send {
  const { port } = new SharedWorker(workerUrl(sharedWorkerUrl), { type: 'module', name: `open-cicd events ${base}` });
  port.onmessage = ({ data }: MessageEvent<ToPage>) => receive(data);
  const alive = `open-cicd-page-${Math.random().toString(36).slice(2)}`;
  let early: FromPage[] | undefined = [];
  // The lock is held as long as the page lives. The worker learns its name only then, so that its own request for it
  // stands behind this one, and is granted when the page is gone.
  void navigator.locks.request(alive, () => {
    port.postMessage({ say: 'hello', base, alive });
    for (const message of early ?? []) port.postMessage(message);
    early = undefined;
    return new Promise<never>(() => {});
  });
  return (message) => (early ? early.push(message) : port.postMessage(message));
}

type OnChannel =
  | { to: 'hub'; page: string; message: FromPage }
  | { to: 'page'; page: string; message: ToPage }
  | { to: 'pages'; message: 'new-hub' };

function throughLeader(base: string, receive: (message: ToPage) => void, onNewHub: () => void): Send {
  const channel = new BroadcastChannel(`${lockName} ${base}`);
  const self = Math.random().toString(36).slice(2);
  const post = (message: OnChannel) => channel.postMessage(message);
  let own: Send | undefined;
  const pages = new Map<string, Send>();
  let hub: Hub | undefined;

  channel.onmessage = ({ data }: MessageEvent<OnChannel>) => {
    if (data.to === 'page' && data.page === self) receive(data.message);
    else if (data.to === 'pages') onNewHub();
    else if (data.to === 'hub' && hub) {
      const { page } = data;
      if (!pages.has(page))
        pages.set(
          page,
          hub.add((message) => post({ to: 'page', page, message }))
        );
      pages.get(page)?.(data.message);
      if (data.message.say === 'leave') pages.delete(page);
    }
  };
  void navigator.locks.request(`${lockName} ${base}`, async () => {
    hub = await loadHub(base);
    own = hub.add(receive);
    onNewHub();
    post({ to: 'pages', message: 'new-hub' });
    return await new Promise<never>(() => {});
  });
  return (message) => (own ? own(message) : post({ to: 'hub', page: self, message }));
}
