// Fails when what a page loads has grown over its budget: its scripts and styles, and those of every layout around it, compressed by gzip.
//   node scripts/sizes.js          after npm run build
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import process from 'node:process';

const web = fileURLToPath(new URL('..', import.meta.url));
const kit = `${web}.svelte-kit/`;
const manifest = JSON.parse(readFileSync(`${kit}output/client/.vite/manifest.json`, 'utf8'));

/**
 * In kilobytes of 1024. A page is its route with the layouts around it, `workers` are those whose file's name begins so. A part is
 * loaded when it is first opened; it, and a page that is looked at apart, count without what is there already.
 */
const budgets = [
  { id: 'shell', most: 75 },
  { id: 'run', route: '/runs/[id]', most: 110 },
  // 95 are wanted; until it is there, it grows no more.
  { id: 'log', route: '/jobs/[id]', most: 101, workers: 'worker' },
  { id: 'palette', part: 'src/lib/palette/Palette.svelte', most: 30 },
  // 140 are wanted of this one.
  { id: 'editor', route: '/editor', apart: true, most: 155 }
];

/** The manifest's entry of each route's own node: "/runs/[id]" to ".svelte-kit/…/nodes/5.js". */
function nodesByRoute() {
  const found = new Map();
  const folder = `${kit}generated/client-optimized/nodes/`;
  for (const file of readdirSync(folder)) {
    const component = /src\/routes(\/.*)?\/\+(page|layout)\.svelte"/.exec(readFileSync(folder + file, 'utf8'));
    if (!component) continue;
    const route = (component[1] ?? '/').replaceAll(/\/\([^)]*\)/g, '') || '/';
    found.set(`${component[2]} ${route}`, `.svelte-kit/generated/client-optimized/nodes/${file}`);
  }
  return found;
}

function filesOf(entry, files = new Set()) {
  const chunk = manifest[entry];
  if (!chunk || files.has(chunk.file)) return files;
  for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file);
  for (const imported of chunk.imports ?? []) filesOf(imported, files);
  return files;
}

function filesOfAll(entries) {
  const files = new Set();
  for (const entry of entries) filesOf(entry, files);
  return files;
}

function compressed(file) {
  const path = `${web}build/${file}`;
  return statSync(existsSync(`${path}.gz`) ? `${path}.gz` : path).size;
}

function workerFiles(prefix) {
  const folder = '_app/immutable/workers/';
  if (!existsSync(`${web}build/${folder}`)) return [];
  return readdirSync(`${web}build/${folder}`)
    .filter((file) => file.startsWith(prefix) && file.endsWith('.js'))
    .map((file) => folder + file);
}

const nodes = nodesByRoute();
const layouts = (route) =>
  ['/', ...route.split('/').map((_, i, parts) => parts.slice(0, i + 1).join('/'))]
    .map((path) => nodes.get(`layout ${path}`))
    .filter(Boolean);
const start = [
  'node_modules/@sveltejs/kit/src/runtime/client/entry.js',
  '.svelte-kit/generated/client-optimized/app.js'
];

/** What each of the budgets is about, in kilobytes: [{id, size, most}]. */
export function sizes() {
  return budgets.map(({ id, route, part, apart = part !== undefined, most, workers }) => {
    const shell = filesOfAll([...start, ...layouts('/')]);
    const page = route && nodes.get(`page ${route}`);
    if ((route && !page) || (part && !manifest[part])) throw new Error(`there is no ${route ?? part}`);
    const files = filesOfAll(part ? [part] : [...start, ...layouts(route ?? '/'), ...(page ? [page] : [])]);
    if (workers) for (const file of workerFiles(workers)) files.add(file);
    if (apart) for (const file of shell) files.delete(file);
    return { id, most, size: [...files].reduce((sum, file) => sum + compressed(file), 0) / 1024 };
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const { id, size, most } of sizes()) {
    const over = size > most;
    if (over) process.exitCode = 1;
    console.log(`${id.padEnd(10)} ${size.toFixed(1).padStart(6)} of ${most} KB${over ? '  OVER ITS BUDGET' : ''}`);
  }
