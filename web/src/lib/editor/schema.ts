// What the pipeline's JSON Schema says can stand at a place of a file that is still being written. The file need not be
// YAML yet: the place is found by the indentation of the lines above.

export interface Schema {
  $ref?: string;
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  enum?: unknown[];
  $defs?: Record<string, Schema>;
}

/** One level of a path: a key, or `null` for an item of a list. */
export type Level = string | null;

export interface Place {
  path: Level[];
  kind: 'key' | 'value';
  /** Where what is being written begins, in the text. */
  from: number;
  /** Keys that stand beside it already. */
  beside: ReadonlySet<string>;
}

interface Line {
  indent: number;
  /** Of the dashes before the text, their columns. */
  dashes: number[];
  key: string | undefined;
  text: string;
}

const keyPattern = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#:{}[\],&*!|>'"%@`-][^:#]*?)\s*:(?=\s|$)/;
const unquoted = (key: string) => key.replace(/^(["'])(.*)\1$/, '$2');

function readLine(text: string): Line {
  let at = text.length - text.trimStart().length;
  const dashes: number[] = [];
  while (text.charAt(at) === '-' && /^-(\s|$)/.test(text.slice(at))) {
    dashes.push(at);
    at += 1 + (text.slice(at + 1).length - text.slice(at + 1).trimStart().length);
  }
  const rest = text.slice(at);
  const key = keyPattern.exec(rest)?.[1];
  return { indent: at, dashes, key: key === undefined ? undefined : unquoted(key), text: rest };
}

const isEmpty = (line: Line) => (line.text === '' && line.dashes.length === 0) || line.text.startsWith('#');

/** undefined: nothing is known of this place, as inside a string of several lines or of braces. */
export function placeAt(text: string, at: number): Place | undefined {
  const lineStart = text.lastIndexOf('\n', at - 1) + 1;
  const before = text.slice(lineStart, at);
  if (/[{[#]/.test(before.replaceAll(/"[^"]*"|'[^']*'|\$\{\{[^}]*\}\}/g, ''))) return undefined;
  const above = text.slice(0, lineStart).split('\n').slice(0, -1).map(readLine);
  const below = text.slice(at).split('\n').slice(1).map(readLine);
  const here = readLine(before);
  if (above.length === 0 && lineStart > 0) return undefined;

  const path: Level[] = [];
  let column = here.indent;
  for (const dash of here.dashes.toReversed()) {
    path.unshift(null);
    column = dash;
  }
  // A list may stand at the column of its key.
  let inList = here.dashes.length > 0;
  for (const line of above.toReversed()) {
    if (isEmpty(line)) continue;
    if (/^[^#]*:\s*[|>][+-]?\d*\s*$/.test(line.text) && line.indent < column && line.key !== undefined)
      return undefined;
    const outer = [
      ...line.dashes.map((dash): [number, Level] => [dash, null]),
      [line.indent, line.key ?? null] as const
    ];
    for (const [at, level] of outer.toReversed()) {
      const isKey = level !== null;
      if (isKey && (at < column || (inList && at === column))) {
        path.unshift(level);
        column = at;
        inList = false;
      } else if (!isKey && line.dashes.includes(at) && at < column) {
        path.unshift(null);
        column = at;
        inList = true;
      }
    }
    if (column === 0 && !inList) break;
  }

  const beside = new Set<string>();
  const collect = (lines: readonly Line[]) => {
    for (const line of lines) {
      if (isEmpty(line)) continue;
      if (line.indent < here.indent) return;
      if (line.indent === here.indent && line.key !== undefined) beside.add(line.key);
      if (line.dashes.length > 0 && line.indent === here.indent) return;
    }
  };
  if (here.dashes.length === 0) collect(above.toReversed());
  // A dash below begins another item.
  const next = below.findIndex((line) => line.dashes.length > 0 && line.indent <= here.indent);
  collect(next < 0 ? below : below.slice(0, next));

  const value = keyPattern.exec(here.text);
  if (value) {
    const written = here.text.slice(value[0].length).trimStart();
    return { path: [...path, unquoted(value[1] ?? '')], kind: 'value', from: at - written.length, beside };
  }
  return { path, kind: 'key', from: at - here.text.length, beside };
}

/** The schemas that a path leads to: several, where a key takes one form or another. */
export function schemasAt(root: Schema, path: readonly Level[]): Schema[] {
  let found = forms(root, root);
  for (const level of path) {
    found = found.flatMap((schema) => {
      if (level === null) return schema.items ? forms(root, schema.items) : [];
      const own = schema.properties && Object.hasOwn(schema.properties, level) ? schema.properties[level] : undefined;
      if (own) return forms(root, own);
      return typeof schema.additionalProperties === 'object' ? forms(root, schema.additionalProperties) : [];
    });
  }
  return found;
}

/** A schema without its choices and references. */
function forms(root: Schema, schema: Schema, depth = 0): Schema[] {
  if (depth > 8) return [];
  if (schema.$ref !== undefined) {
    const name = /^#\/\$defs\/(\w+)$/.exec(schema.$ref)?.[1];
    const target = name === undefined ? undefined : root.$defs?.[name];
    return target ? forms(root, target, depth + 1) : [];
  }
  return schema.anyOf ? schema.anyOf.flatMap((one) => forms(root, one, depth + 1)) : [schema];
}

export interface Choice {
  label: string;
  detail: string;
  /** What follows a key: a value, or lines that are deeper. */
  insert: string;
}

export function choicesAt(root: Schema, place: Place): Choice[] {
  const schemas = schemasAt(root, place.path);
  const choices = new Map<string, Choice>();
  if (place.kind === 'key') {
    for (const schema of schemas) {
      for (const [name, property] of Object.entries(schema.properties ?? {})) {
        if (place.beside.has(name) || choices.has(name)) continue;
        const only = forms(root, property);
        const nested = only.length > 0 && only.every(({ type }) => type === 'object' || type === 'null');
        choices.set(name, {
          label: name,
          detail: property.description ?? '',
          insert: nested ? `${name}:` : `${name}: `
        });
      }
    }
    return [...choices.values()];
  }
  for (const schema of schemas) {
    const values = schema.enum ?? (schema.type === 'boolean' ? [true, false] : []);
    for (const value of values) choices.set(String(value), { label: String(value), detail: '', insert: String(value) });
  }
  return [...choices.values()];
}
