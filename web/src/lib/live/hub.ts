// Holds the one event stream of a browser for all its pages: it follows what any of them wants, and tells each what it
// asked for. It runs in a shared worker, or in the page that leads (transport.ts).
import { Connection, type ConnectionEvents } from './connection';
import type { Change, FromPage, StreamState, ToPage } from './protocol';

/** After this long with no page in sight the stream is closed; it resumes when one is looked at. */
export const pauseAfterMs = 5 * 60_000;
/** The server allows 50 topics a stream. */
export const topicsMax = 50;

export type Connect = (topics: readonly string[], events: ConnectionEvents, lastId: string) => Connection;

interface Page {
  send(message: ToPage): void;
  topics: Set<string>;
  watched: boolean;
}

interface Followed {
  connection: Connection;
  live: boolean;
}

export class Hub {
  readonly #connect: Connect;
  readonly #pages = new Set<Page>();
  #current: Followed | undefined;
  /** Follows more than the current one, and takes its place when the server says hello: no event falls between. */
  #next: Followed | undefined;
  #state: StreamState = { name: 'idle' };
  #lastId = '';
  #lastHeard = Date.now();
  #paused = false;
  #pauseTimer: ReturnType<typeof setTimeout> | undefined;
  #planned = false;

  constructor(
    base: string,
    connect: Connect = (topics, events, lastId) => new Connection(topics, base, events, lastId)
  ) {
    this.#connect = connect;
  }

  /** A page has come; what it says goes to the function that is returned. */
  add(send: (message: ToPage) => void): (message: FromPage) => void {
    const page: Page = { send, topics: new Set(), watched: true };
    this.#pages.add(page);
    this.#look();
    send({ say: 'state', state: this.#state });
    return (message) => this.#receive(page, message);
  }

  #receive(page: Page, message: FromPage) {
    switch (message.say) {
      case 'follow': {
        const added = message.topics.filter((topic) => !page.topics.has(topic));
        page.topics = new Set(message.topics);
        const followed = this.#current?.live ? this.#current.connection.topics : [];
        const ready = added.filter((topic) => followed.includes(topic));
        if (ready.length > 0) page.send({ say: 'ready', topics: ready });
        this.#plan();
        break;
      }
      case 'watched':
        page.watched = message.watched;
        this.#look();
        break;
      case 'retry':
        if (this.#state.name === 'signed-out') this.#restart();
        else (this.#next ?? this.#current)?.connection.retryNow();
        break;
      case 'leave':
        this.#pages.delete(page);
        this.#look();
        this.#plan();
        break;
    }
  }

  #look() {
    clearTimeout(this.#pauseTimer);
    if ([...this.#pages].some((page) => page.watched)) {
      if (this.#paused) {
        this.#paused = false;
        this.#plan();
      }
    } else if (!this.#paused) {
      this.#pauseTimer = setTimeout(() => {
        this.#paused = true;
        this.#plan();
      }, pauseAfterMs);
    }
  }

  /** Pages say several things while they open; they are looked at together. */
  #plan() {
    if (this.#planned) return;
    this.#planned = true;
    setTimeout(() => {
      this.#planned = false;
      this.#settle();
    }, 10);
  }

  #wanted(): string[] {
    return [...new Set([...this.#pages].flatMap((page) => [...page.topics]))].sort().slice(0, topicsMax);
  }

  #settle() {
    if (this.#state.name === 'signed-out') return;
    const wanted = this.#wanted();
    if (wanted.length === 0 || this.#paused) {
      this.#drop();
      this.#tellState({ name: this.#paused ? 'paused' : 'idle' });
      return;
    }
    const follows = (followed: Followed | undefined) =>
      followed !== undefined && wanted.every((topic) => followed.connection.topics.includes(topic));
    if (follows(this.#next)) return;
    this.#next?.connection.close();
    this.#next = undefined;
    if (follows(this.#current)) return;
    if (this.#current?.live) {
      this.#next = this.#open(wanted, '');
    } else {
      this.#drop();
      this.#current = this.#open(wanted, this.#lastId);
      if (this.#state.name !== 'reconnecting') this.#tellState({ name: 'connecting' });
    }
  }

  #open(topics: string[], lastId: string): Followed {
    const followed: Followed = { connection: undefined as unknown as Connection, live: false };
    followed.connection = this.#connect(
      topics,
      {
        hello: () => this.#hello(followed),
        change: (change) => {
          this.#heard(followed);
          this.#tellChange(change);
        },
        reset: () => this.#tell({ say: 'reset' }),
        cut: () => {
          followed.live = false;
          if (followed !== this.#current) return;
          this.#lastId = followed.connection.lastId;
          if (this.#state.name !== 'reconnecting') this.#tellState({ name: 'reconnecting', since: this.#lastHeard });
        },
        signedOut: () => {
          this.#drop();
          this.#tellState({ name: 'signed-out' });
        },
        refused: (topic) => this.#refused(topic)
      },
      lastId
    );
    return followed;
  }

  #hello(followed: Followed) {
    const before = this.#current?.live ? this.#current.connection.topics : [];
    const resumed = followed === this.#current && this.#state.name === 'reconnecting';
    if (followed === this.#next) {
      this.#current?.connection.close();
      this.#current = followed;
      this.#next = undefined;
    }
    followed.live = true;
    this.#heard(followed);
    this.#tellState({ name: 'live' });
    // What was resumed was never left; the server says "reset" where it could not be.
    if (resumed && this.#lastId) return;
    for (const page of this.#pages) {
      const topics = [...page.topics].filter(
        (topic) => followed.connection.topics.includes(topic) && !before.includes(topic)
      );
      if (topics.length > 0) page.send({ say: 'ready', topics });
    }
  }

  #heard(followed: Followed) {
    this.#lastHeard = Date.now();
    if (followed === this.#current) this.#lastId = followed.connection.lastId;
  }

  #refused(topic: string | undefined) {
    this.#drop();
    if (topic === undefined) {
      // Nothing that is followed may be read: the same as nobody being signed in.
      this.#tellState({ name: 'signed-out' });
      return;
    }
    for (const page of this.#pages) page.topics.delete(topic);
    this.#plan();
  }

  #restart() {
    this.#lastId = '';
    this.#tellState({ name: 'connecting' });
    this.#plan();
  }

  #drop() {
    if (this.#current) this.#lastId = this.#current.connection.lastId || this.#lastId;
    this.#current?.connection.close();
    this.#next?.connection.close();
    this.#current = this.#next = undefined;
  }

  #tellState(state: StreamState) {
    this.#state = state;
    this.#tell({ say: 'state', state });
  }

  #tellChange(change: Change) {
    for (const page of this.#pages) {
      if (page.topics.has(change.topic)) page.send({ say: 'changes', changes: [change] });
    }
  }

  #tell(message: ToPage) {
    for (const page of this.#pages) page.send(message);
  }
}
