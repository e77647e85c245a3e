// What a page has of the event stream: its state, and the topics that its parts follow.
import { browser } from '$app/environment';
import { base } from '$app/paths';
import { onSignedOut } from '$lib/api/client';
import { openTransport, type Send } from './transport';
import type { Change, StreamState, ToPage } from './protocol';

export interface Follower {
  /** The topics are told of from now on, or events went missing: read what is shown. */
  read(): void;
  changed(change: Change): void;
}

class Stream {
  state: StreamState = $state({ name: 'idle' });
  readonly #followers = new Map<Follower, readonly string[]>();
  /** Topics that are told of already: who joins them need not wait. */
  readonly #ready = new Set<string>();
  #send: Send | undefined;
  #batch: Change[] = [];
  #scheduled = false;
  /** A notification was asked for: the stream stays open while the page is hidden. */
  #keepOpen = 0;

  /** Tells of the topics until the function that is returned is called. */
  follow(topics: readonly string[], follower: Follower): () => void {
    this.#open();
    this.#followers.set(follower, topics);
    this.#tellTopics();
    if (topics.every((topic) => this.#ready.has(topic))) {
      queueMicrotask(() => {
        if (this.#followers.has(follower)) follower.read();
      });
    }
    return () => {
      this.#followers.delete(follower);
      this.#tellTopics();
    };
  }

  /** Keeps the stream open also while no page is looked at. */
  keepOpen(): () => void {
    this.#keepOpen++;
    this.#tellWatched();
    return () => {
      this.#keepOpen--;
      this.#tellWatched();
    };
  }

  retry() {
    this.#send?.({ say: 'retry' });
  }

  #open() {
    if (this.#send || !browser) return;
    this.#send = openTransport(
      base,
      (message) => this.#receive(message),
      () => this.#introduce()
    );
    document.addEventListener('visibilitychange', () => this.#tellWatched());
    addEventListener('online', () => this.retry());
    addEventListener('pagehide', (event) => {
      if (!(event as PageTransitionEvent).persisted) this.#send?.({ say: 'leave' });
    });
    onSignedOut(() => (this.state = { name: 'signed-out' }));
    this.#tellWatched();
  }

  #introduce() {
    this.#ready.clear();
    this.#tellWatched();
    this.#tellTopics();
  }

  #tellTopics() {
    const topics = [...new Set([...this.#followers.values()].flat())];
    for (const topic of this.#ready) if (!topics.includes(topic)) this.#ready.delete(topic);
    this.#send?.({ say: 'follow', topics });
  }

  #tellWatched() {
    this.#send?.({ say: 'watched', watched: document.visibilityState === 'visible' || this.#keepOpen > 0 });
  }

  #receive(message: ToPage) {
    switch (message.say) {
      case 'state':
        this.state = message.state;
        break;
      case 'ready':
        for (const topic of message.topics) this.#ready.add(topic);
        for (const [follower, topics] of this.#followers) {
          if (topics.some((topic) => message.topics.includes(topic))) follower.read();
        }
        break;
      case 'reset':
        for (const follower of this.#followers.keys()) follower.read();
        break;
      case 'changes':
        this.#batch.push(...message.changes);
        this.#schedule();
        break;
    }
  }

  /** A burst of events is drawn once. A hidden page gets no frames, so it does not wait for one. */
  #schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const apply = () => {
      this.#scheduled = false;
      const changes = this.#batch;
      this.#batch = [];
      for (const change of changes) {
        for (const [follower, topics] of this.#followers) {
          if (topics.includes(change.topic)) follower.changed(change);
        }
      }
    };
    if (document.visibilityState === 'visible') requestAnimationFrame(apply);
    else setTimeout(apply);
  }
}

export const stream = new Stream();
