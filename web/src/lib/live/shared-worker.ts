// The hub in a shared worker: one for all pages of a browser.
/// <reference lib="webworker" />
import { Hub } from './hub';
import type { FromPage, ToPage } from './protocol';

interface Hello {
  say: 'hello';
  base: string;
  /** The page holds the lock of this name as long as it lives. */
  alive: string;
}

const scope = self as unknown as SharedWorkerGlobalScope;
let hub: Hub | undefined;

scope.onconnect = (event) => {
  const port = event.ports[0];
  if (!port) return;
  let receive: ((message: FromPage) => void) | undefined;
  port.onmessage = ({ data }: MessageEvent<Hello | FromPage>) => {
    if (data.say !== 'hello') return receive?.(data);
    hub ??= new Hub(data.base);
    receive = hub.add((message: ToPage) => port.postMessage(message));
    const leave = () => receive?.({ say: 'leave' });
    // A page that crashed says no farewell, but its lock becomes free.
    void navigator.locks?.request(data.alive, leave);
  };
};
