// The time that the page shows, moved on once a second while somebody looks.
import { browser } from '$app/environment';

class Clock {
  now = $state(Date.now());
  constructor() {
    if (!browser) return;
    setInterval(() => {
      if (document.visibilityState === 'visible') this.now = Date.now();
    }, 1000);
    document.addEventListener('visibilitychange', () => (this.now = Date.now()));
  }
}

export const clock = new Clock();
