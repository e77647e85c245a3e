// The inputs of a pipeline as fields of a form, and as parts of an address.
import type { Schemas } from '$lib/api/client';

export type Input = Schemas['InputView'];
export type Value = string | number | boolean;
export type Values = Record<string, Value>;

const prefix = 'input.';

/** What a link fills in: `?input.target=prod`. As texts, which the server gives their types. */
export function valuesOf(query: URLSearchParams): Values {
  const values: Values = {};
  for (const [name, value] of query)
    if (name.startsWith(prefix) && name !== prefix) values[name.slice(prefix.length)] = value;
  return values;
}

export function addValues(query: URLSearchParams, values: Values): URLSearchParams {
  for (const name of [...query.keys()]) if (name.startsWith(prefix)) query.delete(name);
  for (const [name, value] of Object.entries(values)) query.set(prefix + name, String(value));
  return query;
}

/** The field's value: what was given, or else what the file says. */
export function shownValue(input: Input, values: Values): Value | undefined {
  const given = values[input.name];
  if (given === undefined) return (input.default_value as Value | null | undefined) ?? undefined;
  if (input.type === 'boolean') return given === true || given === 'true';
  return given;
}

/** Under the field: what it is for and what it may be. */
export function hintOf(input: Input): string {
  return [
    input.description && /[\p{L}\p{N})]$/u.test(input.description) ? `${input.description}.` : input.description,
    input.pattern ? `Must match ${input.pattern}.` : undefined,
    input.required && input.default_value === undefined ? 'Required.' : undefined
  ]
    .filter(Boolean)
    .join(' ');
}

/** What is wrong before the server is asked: nothing where something is required. */
export const missing = (input: Input, values: Values): boolean => {
  const value = shownValue(input, values);
  return input.required && (value === undefined || value === '');
};

/** A definition for a value of which the file's own is not known. */
export const inputOfValue = (name: string, value: unknown): Input => ({
  name,
  type: typeof value === 'boolean' ? 'boolean' : typeof value === 'number' ? 'number' : 'string',
  options: [],
  required: false,
  ...(value === null || value === undefined ? {} : { default_value: value })
});
