// Where the navigation leads.
import { resolve } from '$app/paths';
import type { IconName } from '$lib/ui/Icon.svelte';

export interface Place {
  name: 'home' | 'runs' | 'queue' | 'agents';
  label: string;
  icon: IconName;
  href: string;
  /** Routes that belong to it. */
  routes: readonly string[];
}

export const places: readonly Place[] = [
  { name: 'home', label: 'Home', icon: 'home', href: resolve('/'), routes: ['/'] },
  {
    name: 'runs',
    label: 'Runs',
    icon: 'runs',
    href: resolve('/runs'),
    routes: ['/runs', '/runs/[id]', '/jobs/[id]', '/repositories/[id]']
  },
  { name: 'queue', label: 'Queue', icon: 'queue', href: resolve('/queue'), routes: ['/queue'] },
  { name: 'agents', label: 'Agents', icon: 'agents', href: resolve('/agents'), routes: ['/agents', '/agents/[id]'] }
];
