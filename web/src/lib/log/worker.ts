import type { FromWorker, ToWorker } from './protocol';
import { LogSession } from './session';

const scope = self as unknown as {
  postMessage: (message: FromWorker, transfer: Transferable[]) => void;
  addEventListener: (type: 'message', listener: (event: MessageEvent<ToWorker>) => void) => void;
};
const session = new LogSession((message, transfer = []) => scope.postMessage(message, transfer));
scope.addEventListener('message', (event) => session.handle(event.data));
