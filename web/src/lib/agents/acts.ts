// What can be done with an agent. Its state comes back as an event.
import { api, ApiError, ask, type Agent } from '$lib/api/client';
import { toasts } from '$lib/ui/toasts.svelte';

const of = (agent: Agent) => ({ params: { path: { id: agent.id } } });

export async function drain(agent: Agent, on: boolean): Promise<void> {
  try {
    await ask(api.POST('/api/v1/agents/{id}/drain', { ...of(agent), body: { drain: on } }));
    const text = on ? `${agent.name} takes no more jobs; what it runs goes on` : `${agent.name} takes jobs again`;
    toasts.show(text, { action: { label: 'Undo', act: () => void drain(agent, !on) } });
  } catch (cause) {
    if (!(cause instanceof ApiError)) throw cause;
    toasts.show(`${agent.name} was not changed: ${cause.message}`, { kind: 'failed' });
  }
}

/** True when it is gone. */
export async function remove(agent: Agent): Promise<boolean> {
  try {
    // Its answer has no body, which is a success all the same.
    await ask(api.DELETE('/api/v1/agents/{id}', of(agent)));
    toasts.show(`${agent.name} is removed`);
    return true;
  } catch (cause) {
    if (!(cause instanceof ApiError)) throw cause;
    toasts.show(`${agent.name} was not removed: ${cause.message}`, { kind: 'failed' });
    return false;
  }
}
