// "Tell me when it ends": a notification of the browser, for a run that somebody asked to be told of.
import { stream } from '$lib/live/stream.svelte';
import { toasts } from '$lib/ui/toasts.svelte';

class Bell {
  on = $state(false);
  #release: (() => void) | undefined;

  async toggle() {
    if (this.on) return this.off();
    if (!('Notification' in globalThis)) {
      toasts.show('This browser has no notifications.', { kind: 'failed' });
      return;
    }
    const allowed = await Notification.requestPermission();
    if (allowed !== 'granted') {
      toasts.show('The browser does not let this page notify you: allow it in its settings of this site.', {
        kind: 'failed'
      });
      return;
    }
    this.on = true;
    this.#release = stream.keepOpen();
  }

  off() {
    this.on = false;
    this.#release?.();
    this.#release = undefined;
  }

  /** It has ended. */
  ring(title: string, body: string) {
    if (!this.on) return;
    this.off();
    try {
      new Notification(title, { body, tag: title });
    } catch {
      // On Android a page may only notify through a service worker; the title and the icon of the tab say it all the same.
    }
  }
}

export const newBell = () => new Bell();
