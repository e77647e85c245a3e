// Who is signed in at this browser.
import { api, ApiError, ask, onSignedOut, type Schemas } from '$lib/api/client';
import { stream } from '$lib/live/stream.svelte';

export type SessionInfo = Schemas['SessionView'];

type State =
  | { name: 'asking' }
  | { name: 'in'; session: SessionInfo }
  | { name: 'out' }
  /** The session ended while pages were shown: they stay behind the dialog that asks again. */
  | { name: 'expired' }
  | { name: 'unreachable'; error: ApiError };

class Session {
  state: State = $state({ name: 'asking' });

  constructor() {
    onSignedOut(() => {
      if (this.state.name === 'in') this.state = { name: 'expired' };
    });
  }

  get info(): SessionInfo | undefined {
    return this.state.name === 'in' ? this.state.session : undefined;
  }

  async ask(): Promise<void> {
    try {
      this.state = { name: 'in', session: await ask(api.GET('/api/v1/session')) };
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      if (cause.status === 401) this.state = { name: 'out' };
      else this.state = { name: 'unreachable', error: cause };
    }
  }

  /** With a token, or with the code of a link. Throws ApiError when it is not taken. */
  async signIn(proof: { token: string } | { code: string }): Promise<void> {
    await ask(api.POST('/api/v1/session', { body: proof }));
    await this.ask();
    stream.retry();
  }

  async signOut(): Promise<void> {
    await ask(api.DELETE('/api/v1/session'));
    this.state = { name: 'out' };
  }
}

export const session = new Session();
