import { error } from '@sveltejs/kit';
import { dev } from '$app/environment';
import type { Component } from 'svelte';

/** Only of a development build: elsewhere there is no such page, and nothing of it in the program. */
export async function load(): Promise<{ Gallery: Component }> {
  if (!dev) error(404, 'Not found');
  return { Gallery: (await import('$lib/ui/Gallery.svelte')).default };
}
