import { describe, expect, it } from 'vitest';
import { addValues, hintOf, inputOfValue, missing, shownValue, valuesOf, type Input } from './inputs';

const input = (more: Partial<Input> = {}): Input => ({
  name: 'target',
  type: 'string',
  options: [],
  required: false,
  ...more
});

describe('inputs', () => {
  it('stand in an address and come back from it', () => {
    const query = addValues(new URLSearchParams('ref=main&input.old=1'), { target: 'prod & more', fast: true });
    expect(query.get('ref')).toBe('main');
    expect(valuesOf(new URLSearchParams(query.toString()))).toEqual({ target: 'prod & more', fast: 'true' });
  });
  it('show what was given, or the default', () => {
    expect(shownValue(input({ default_value: 'staging' }), {})).toBe('staging');
    expect(shownValue(input({ default_value: 'staging' }), { target: '' })).toBe('');
    expect(shownValue(input({ type: 'boolean', default_value: true }), { target: 'false' })).toBe(false);
    expect(shownValue(input(), {})).toBeUndefined();
  });
  it('say what they are for and what they may be', () => {
    expect(hintOf(input({ description: 'Where to', pattern: 'v[0-9]+', required: true }))).toBe(
      'Where to. Must match v[0-9]+. Required.'
    );
    expect(hintOf(input({ required: true, default_value: 'x' }))).toBe('');
  });
  it('miss nothing but what is required and has no value', () => {
    expect(missing(input({ required: true }), {})).toBe(true);
    expect(missing(input({ required: true }), { target: 'x' })).toBe(false);
    expect(missing(input({ required: true, default_value: 'x' }), {})).toBe(false);
    expect(missing(input(), {})).toBe(false);
  });
  it('have the type of their value where nothing else is known', () => {
    expect(inputOfValue('a', true).type).toBe('boolean');
    expect(inputOfValue('a', 3).type).toBe('number');
    expect(inputOfValue('a', null)).toEqual({ name: 'a', type: 'string', options: [], required: false });
  });
});
