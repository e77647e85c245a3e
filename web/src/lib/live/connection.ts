// One connection of the stream of events: what its events and refusals mean. Keeping it up is the work of EventStream.
import { EventStream, type StreamOptions } from '../event-stream';
import type { Change } from './protocol';

/** The server writes something every 15 s; after this much silence the connection is taken for dead. */
export const silenceMs = 35_000;

export interface ConnectionEvents {
  /** The server follows the topics now. */
  hello(): void;
  change(change: Change): void;
  reset(): void;
  /** It is cut; a new try follows by itself. */
  cut(): void;
  /** 401: nothing follows until somebody signs in. */
  signedOut(): void;
  /** A topic that is not there, or that may not be read: nothing follows. */
  refused(topic: string | undefined): void;
}

export type Surroundings = Pick<StreamOptions, 'fetch' | 'random'>;

export class Connection extends EventStream {
  constructor(
    readonly topics: readonly string[],
    base: string,
    events: ConnectionEvents,
    lastId = '',
    surroundings: Surroundings = {}
  ) {
    super(
      {
        url: `${base}/api/v1/events?topics=${topics.map(encodeURIComponent).join(',')}`,
        lastId,
        silenceMs,
        ...surroundings
      },
      {
        onEvent: ({ event, data }) => {
          if (event === 'hello') events.hello();
          else if (event === 'reset') events.reset();
          else if (event === 'change') events.change(JSON.parse(data) as Change);
        },
        onCut: () => events.cut(),
        onRefused: (answer) => {
          if (answer.status === 401) events.signedOut();
          else void refusedTopic(answer, topics).then((topic) => events.refused(topic));
        }
      }
    );
  }
}

/** The topic that was refused: of those that name a thing, the one whose id the answer repeats. */
async function refusedTopic(answer: Response, topics: readonly string[]): Promise<string | undefined> {
  try {
    const text = await answer.text();
    return topics.find((topic) => topic.includes(':') && text.includes(topic.slice(topic.indexOf(':') + 1)));
  } catch {
    return undefined;
  }
}
