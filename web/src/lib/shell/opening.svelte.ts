// Opens pages whose code is not in the browser yet, also while the server is away. The browser's own page for that
// would take the whole application with it, and would stay when the server is back.
import { goto, preloadCode } from '$app/navigation';
import { resolve } from '$app/paths';
import { api, ApiError, ask } from '$lib/api/client';
import { stream } from '$lib/live/stream.svelte';

const askAgainMs = 2000;
/** Loading a page anew did not help when it fails again so soon. */
const helplessMs = 10_000;
const reloadedKey = 'reloaded-at';

const id = { id: '-' };
/** Pages that most visitors open; the others are large, or rare. */
const common = {
  '/': () => resolve('/'),
  '/runs': () => resolve('/runs'),
  '/runs/[id]': () => resolve('/runs/[id]', id),
  '/jobs/[id]': () => resolve('/jobs/[id]', id),
  '/queue': () => resolve('/queue'),
  '/agents': () => resolve('/agents'),
  '/agents/[id]': () => resolve('/agents/[id]', id),
  '/repositories/[id]': () => resolve('/repositories/[id]', id)
};

async function isReachable(): Promise<boolean> {
  try {
    await ask(api.GET('/api/v1/session'));
    return true;
  } catch (cause) {
    if (!(cause instanceof ApiError)) throw cause;
    return !cause.passing;
  }
}

/** What SvelteKit says of a navigation before it begins. */
export interface Begun {
  to: { url: URL; route: { id: string | null } } | null;
  willUnload: boolean;
  /** By how much the history moves, for the browser's back and forward. */
  delta?: number | undefined;
  cancel(): void;
}

class Opening {
  /** The page that is opened as soon as the server is back; until then the one before it is shown. */
  waits: URL | undefined = $state.raw();
  /** The address whose page has no code because of the server. */
  missing: string | undefined = $state.raw();
  /** Ids of routes whose code is here. */
  readonly #here = new Set<string>();
  #asking = 0;

  /** Loads the code of the common pages, one after the other while nothing else is to do. */
  async preload(idle: () => Promise<void>): Promise<void> {
    for (const [route, path] of Object.entries(common)) {
      await idle();
      if (this.#here.has(route) || stream.state.name === 'reconnecting') continue;
      try {
        await preloadCode(path());
        this.#here.add(route);
      } catch {
        // It is loaded when it is opened.
        return;
      }
    }
    // For who measures how long it takes.
    performance.mark('pages-preloaded');
  }

  /** For beforeNavigate: what can't be loaded now is put off. */
  begun({ to, willUnload, delta, cancel }: Begun): void {
    this.drop();
    this.missing = undefined;
    const route = to?.route.id;
    if (!to || !route || willUnload || this.#here.has(route) || stream.state.name !== 'reconnecting') return;
    cancel();
    const open = () => {
      // Known from now on, as the server answers: the next try is not put off again.
      this.#here.add(route);
      // eslint-disable-next-line svelte/no-navigation-without-resolve -- the address of a navigation that had begun
      if (delta === undefined) void goto(to.url);
      else history.go(delta);
    };
    void this.#whenReachable(open, () => (this.waits = to.url));
  }

  /** For afterNavigate. */
  ended(to: Begun['to']): void {
    // The page that says that there is no other one waits for it.
    if (to?.url.href === this.missing) return;
    this.missing = undefined;
    this.drop();
    if (to?.route.id) this.#here.add(to.route.id);
  }

  /**
   * Code could not be loaded, of the page that is being opened (`to`) or of a part of the one that is shown. A server that
   * answers has another version, with files of other names: then the page is loaded anew.
   */
  failed(to: URL | undefined): void {
    if (to) this.missing = to.href;
    const load = () => {
      const at = Number(sessionStorage.getItem(reloadedKey) ?? 0);
      if (Date.now() - at < helplessMs) {
        this.missing = undefined;
        return;
      }
      sessionStorage.setItem(reloadedKey, String(Date.now()));
      if (to) location.assign(to);
      else location.reload();
    };
    if (to) void this.#whenReachable(load);
    else
      void isReachable().then((reachable) => {
        if (reachable) load();
      });
  }

  /** Nothing is opened by itself any more. */
  drop() {
    this.#asking++;
    this.waits = undefined;
  }

  async #whenReachable(act: () => void, otherwise: () => void = () => {}): Promise<void> {
    const own = ++this.#asking;
    for (;;) {
      const reachable = await isReachable();
      if (own !== this.#asking) return;
      if (reachable) {
        this.waits = undefined;
        act();
        return;
      }
      otherwise();
      await new Promise((done) => setTimeout(done, askAgainMs));
      if (own !== this.#asking) return;
    }
  }
}

export const opening = new Opening();
