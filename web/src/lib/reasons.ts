// A reason is one sentence in one form: the bold cause, then facts, then when. The same words in the run, the queue and at
// home.
import { duration, listed, ordinal } from './format';

export type Part =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  /** A label that an agent has or lacks. */
  | { kind: 'chip'; text: string; bad?: boolean }
  /** Another job. */
  | { kind: 'job'; id: string };

export interface Explained {
  code: string;
  /** Waiting will not help. */
  never: boolean;
  cause: Part[];
  facts: Part[];
}

const text = (value: string): Part => ({ kind: 'text', text: value });
const code = (value: string): Part => ({ kind: 'code', text: value });

type Facts = Record<string, unknown>;
type Words = Pick<Explained, 'cause' | 'facts'> & { never?: boolean };

const string = (facts: Facts, name: string): string | undefined => {
  const value = facts[name];
  return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;
};
const number = (facts: Facts, name: string): number | undefined => {
  const value = facts[name];
  return typeof value === 'number' ? value : undefined;
};
const strings = (facts: Facts, name: string): string[] => {
  const value = facts[name];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
};

const stepOf = (facts: Facts): string | undefined =>
  facts.step === -1 ? 'The setup' : string(facts, 'name') ? `Step “${string(facts, 'name')}”` : undefined;

const labels = (facts: Facts): Part[] => strings(facts, 'runs_on').map((label) => ({ kind: 'chip', text: label }));

function waitingForAgent(facts: Facts): Words {
  const fitting = number(facts, 'agents_fitting');
  const busy = number(facts, 'agents_busy');
  const position = number(facts, 'position');
  const place =
    position === undefined ? [] : [text(position === 1 ? '· next in line' : `· ${ordinal(position)} in line`)];
  const asked = labels(facts);
  const wants = asked.length > 0 ? [text('for'), ...asked] : [];
  if (fitting === undefined) return { cause: [text('No agent has taken it yet')], facts: wants };
  if (fitting === 0) return { cause: [text('No agent that fits is there now')], facts: [...wants, ...place] };
  if (busy !== undefined && busy >= fitting) {
    const all =
      fitting === 1
        ? 'The one fitting agent is busy'
        : fitting === 2
          ? 'Both fitting agents are busy'
          : `All ${fitting} fitting agents are busy`;
    return { cause: [text(all)], facts: [...place, ...wants] };
  }
  return { cause: [text('An agent is about to take it')], facts: [...place, ...wants] };
}

function noAgentFits(facts: Facts): Words {
  const nearest = facts.nearest;
  const wants = labels(facts);
  const executor = string(facts, 'executor');
  if (typeof nearest !== 'object' || nearest === null) {
    return {
      never: true,
      cause: [text('No agent is registered')],
      facts: wants.length ? [text('it asks for'), ...wants] : []
    };
  }
  const missing = strings(nearest as Facts, 'missing');
  const agent = string(nearest as Facts, 'agent');
  const lacks: Part[] = missing.map((label) => ({ kind: 'chip', text: label, bad: true }));
  return {
    never: true,
    cause: [
      text(lacks.length || !executor ? (agent ? 'No agent fits:' : 'No agent fits') : `No agent fits for ${executor}:`)
    ],
    facts: agent ? [text('the nearest,'), code(agent), text(lacks.length ? ', lacks' : ', does not'), ...lacks] : lacks
  };
}

const table: Record<string, (facts: Facts) => Words> = {
  waiting_for_agent: waitingForAgent,
  no_agent_fits: noAgentFits,
  waiting_for_needs(facts) {
    if (facts.earlier_round) return { cause: [text('Its earlier round has to end first')], facts: [] };
    const jobs = strings(facts, 'jobs');
    return { cause: [text('Needs')], facts: [text(listed(jobs, 4))] };
  },
  waiting_for_approval(facts) {
    const trust = string(facts, 'trust');
    return {
      cause: [text('Needs approval')],
      facts:
        trust === 'fork'
          ? [text('it comes from a fork')]
          : trust === 'change'
            ? [text('it comes from a pull request')]
            : []
    };
  },
  waiting_for_concurrency(facts) {
    const group = string(facts, 'group');
    const position = number(facts, 'position');
    const most = number(facts, 'max_parallel');
    if (most !== undefined) return { cause: [text('In turn')], facts: [code(`max_parallel: ${most}`)] };
    const place =
      position === undefined ? [] : [text(position === 1 ? '· next in line' : `· ${ordinal(position)} in line`)];
    return {
      cause: [text('One at a time')],
      facts: [
        ...(group ? [text('group'), code(group), text('is held by another')] : [text('another has to end first')]),
        ...place
      ]
    };
  },
  waiting_for_exclusive_release: () => ({
    cause: [text('The lost agent may still run it')],
    facts: [text('it is offered again when that is over')]
  }),
  retrying(facts) {
    const cause = string(facts, 'cause');
    const attempt = number(facts, 'attempt');
    const pause = number(facts, 'pause_ms');
    const said = cause ? explain({ code: cause, facts: {} }) : undefined;
    return {
      cause: said && table[cause ?? ''] ? said.cause : [text(cause ? cause.replaceAll('_', ' ') : 'Tried again')],
      facts: [
        text(`tried again${pause ? ` after ${duration(pause)}` : ''}`),
        ...(attempt === undefined ? [] : [text(`· attempt ${attempt} ended`)])
      ]
    };
  },
  step_failed(facts) {
    const exit = string(facts, 'exit_code');
    const step = stepOf(facts) ?? 'A step';
    return { cause: [text(`${step} failed`)], facts: exit ? [text(`exit ${exit}`)] : [] };
  },
  timed_out: (facts) => ({ cause: [text(`${stepOf(facts) ?? 'The job'} ran longer than its limit`)], facts: [] }),
  cancelled(facts) {
    // An id without a name tells nobody anything.
    const id = string(facts, 'by') ?? '';
    const by = string(facts, 'by_name') ?? (/^[0-9a-f]{8}-[0-9a-f]{4}-/.test(id) ? '' : id);
    return { cause: [text('Cancelled')], facts: by ? [text('by'), text(by)] : [] };
  },
  superseded(facts) {
    const by = string(facts, 'by');
    const round = number(facts, 'round');
    const group = string(facts, 'group');
    if (round !== undefined) return { cause: [text('Run again')], facts: [text(`in round ${round}`)] };
    return {
      cause: [text('A newer one took its place')],
      facts: [...(group ? [text('in group'), code(group)] : []), ...(by ? [{ kind: 'job', id: by } as const] : [])]
    };
  },
  sibling_failed: (facts) => ({
    cause: [text(`${string(facts, 'job') ?? 'Another of its matrix'} failed`)],
    facts: [text('and fail_fast ends the others')]
  }),
  skipped_need(facts) {
    const result = string(facts, 'result');
    const job = string(facts, 'job') ?? 'A job';
    return {
      cause: [text(result === 'failed' ? `${job} failed` : `${job} was ${result ?? 'skipped'}`)],
      facts: [text('and it needs that')]
    };
  },
  skipped_condition(facts) {
    const expression = string(facts, 'expression');
    const values = facts.values;
    const shown =
      typeof values === 'object' && values !== null
        ? Object.entries(values as Facts)
            .slice(0, 3)
            .flatMap(([name, value]): Part[] => [
              text(`${name} is`),
              code(typeof value === 'string' ? value : JSON.stringify(value))
            ])
        : [];
    return {
      cause: [text(expression ? 'Its if was false:' : 'Its if was false')],
      facts: [...(expression ? [code(expression)] : []), ...shown]
    };
  },
  skipped_filter(facts) {
    const filter = string(facts, 'filter');
    const value = facts.value;
    if (filter === 'paths') {
      const patterns = Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
      return {
        cause: [text('No changed file')],
        facts: [text('matches'), ...(patterns.length ? patterns.map(code) : [text('its paths')])]
      };
    }
    return { cause: [text('Left out')], facts: [text('by the filter'), code(filter ?? 'on')] };
  },
  skipped_failure: (facts) => ({ cause: [text(`${stepOf(facts) ?? 'A step'} failed before it`)], facts: [] }),
  skipped_setup: () => ({ cause: [text('The job could not be set up')], facts: [] }),
  ended_with_job: () => ({ cause: [text('Ended with the job')], facts: [text('whose other steps had ended')] }),
  expression_error(facts) {
    const expression = string(facts, 'expression');
    return { cause: [text('An expression failed')], facts: expression ? [code(expression)] : [] };
  },
  invalid_pipeline(facts) {
    const errors = Array.isArray(facts.errors) ? facts.errors.length : 0;
    return {
      cause: [text('The pipeline file can’t be run')],
      facts: errors ? [text(errors === 1 ? 'it has an error' : `it has ${errors} errors`)] : []
    };
  },
  image_pull: () => ({ cause: [text('The image could not be pulled')], facts: [] }),
  agent_lost(facts) {
    const agent = string(facts, 'agent');
    return { cause: [text('Its agent was lost')], facts: agent && !/^[0-9a-f-]{36}$/.test(agent) ? [code(agent)] : [] };
  },
  agent_restarted: () => ({ cause: [text('Its agent was started anew')], facts: [] }),
  agent_removed: () => ({ cause: [text('Its agent was removed')], facts: [] }),
  agent_error: () => ({ cause: [text('Its agent could not run it')], facts: [] }),
  not_started: () => ({ cause: [text('Its agent did not begin in time')], facts: [] }),
  unplaceable(facts) {
    const releases = number(facts, 'releases');
    const last = string(facts, 'last');
    return {
      cause: [text(`Agents gave it back${releases ? ` ${releases} times` : ''}`)],
      facts: last ? [text('the last because:'), text(last)] : []
    };
  }
};
table.timeout = table.timed_out!;
table.exit = table.step_failed!;
table.agent = table.agent_error!;

/** undefined: there is no reason, or nothing to be said of it. */
export function explain(reason: unknown): Explained | undefined {
  if (typeof reason !== 'object' || reason === null || !('code' in reason) || typeof reason.code !== 'string') {
    return undefined;
  }
  const facts: Facts =
    'facts' in reason && typeof reason.facts === 'object' && reason.facts !== null ? (reason.facts as Facts) : {};
  const words = Object.hasOwn(table, reason.code) ? table[reason.code]?.(facts) : undefined;
  const {
    cause,
    facts: said,
    never = false
  } = words ?? { cause: [text(sentence(reason.code))], facts: plainFacts(facts) };
  const message = string(facts, 'message');
  return {
    code: reason.code,
    never,
    cause,
    facts: message ? [...said, text(`${said.length ? '· ' : ''}${message}`)] : said
  };
}

/** A reason that this page does not know yet is still told, by its own words. */
const plainFacts = (facts: Facts): Part[] =>
  Object.entries(facts)
    .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
    .slice(0, 3)
    .map(([name, value]) => text(`${name.replaceAll('_', ' ')}: ${String(value)}`));
const sentence = (name: string) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');

const partText = (part: Part) => (part.kind === 'job' ? 'another job' : part.text);
/** The same as plain text, for titles and what is read aloud. */
export function reasonText(reason: unknown): string {
  const said = explain(reason);
  if (!said) return '';
  const facts = said.facts.map(partText).join(' ').replaceAll(' ,', ',');
  const cause = said.cause.map(partText).join(' ');
  if (!facts) return cause;
  // "Needs build" is one phrase; the others are a cause and what is known about it.
  return /^(Needs|Left out|No changed file|Cancelled)$/.test(cause)
    ? `${cause} ${facts}`
    : `${cause}${cause.endsWith(':') ? '' : ':'} ${facts}`.replace(': · ', ' · ');
}
