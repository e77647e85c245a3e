// Who is signed in at this browser.
import { ApiError, askPath, onSignedOut } from '$lib/api/client';
import { stream } from '$lib/live/stream.svelte';

export interface SessionInfo {
  name: string;
  expires_at?: string;
}

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
      this.state = { name: 'in', session: await askPath<SessionInfo>('/api/v1/session') };
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      if (cause.status === 401) this.state = { name: 'out' };
      // A server that knows no sessions lets the API itself say who may do what.
      else if (cause.status === 404) this.state = { name: 'in', session: { name: '' } };
      else this.state = { name: 'unreachable', error: cause };
    }
  }

  /** With a token, or with the code of a link. Throws ApiError when it is not taken. */
  async signIn(proof: { token: string } | { code: string }): Promise<void> {
    await askPath('/api/v1/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(proof)
    });
    await this.ask();
    stream.retry();
  }

  async signOut(): Promise<void> {
    await askPath('/api/v1/session', { method: 'DELETE' });
    this.state = { name: 'out' };
  }
}

export const session = new Session();
