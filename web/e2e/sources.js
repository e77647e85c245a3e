// The sources of the pages.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../src', import.meta.url));

/** Paths of all components and modules, without their tests. */
export async function sources() {
  const files = await readdir(root, { recursive: true });
  return files
    .filter((file) => /\.(svelte|ts|js|html)$/.test(file) && !/\.test\.ts$|\.d\.ts$/.test(file))
    .map((file) => path.join(root, file));
}
