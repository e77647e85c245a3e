import { workerUrl } from '$lib/trusted';
import type { OpenLink } from './link';
import type { FromWorker } from './protocol';
import url from './worker.ts?worker&url';

export const openWorker: OpenLink = (onMessage) => {
  const worker = new Worker(workerUrl(url), { type: 'module' });
  worker.addEventListener('message', (event: MessageEvent<FromWorker>) => onMessage(event.data));
  return { send: (message) => worker.postMessage(message), close: () => worker.terminate() };
};
