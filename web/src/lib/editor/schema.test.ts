import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { choicesAt, placeAt, type Schema } from './schema';

// The very document that the server serves.
const schema = JSON.parse(readFileSync('../docs/reference/pipeline.schema.json', 'utf8')) as Schema;

/** `|` is where the cursor stands. */
function at(text: string) {
  const cursor = text.indexOf('|');
  return placeAt(text.replace('|', ''), cursor);
}
const labels = (text: string) => {
  const place = at(text);
  return place ? choicesAt(schema, place).map(({ label }) => label) : undefined;
};

describe('the place in the file', () => {
  it('is found by indentation, over blank lines and comments', () => {
    expect(at('jobs:\n  build:\n\n    # why\n    ne|')).toMatchObject({ path: ['jobs', 'build'], kind: 'key' });
    expect(at('jobs:\n  build: {}\nna|')).toMatchObject({ path: [], kind: 'key' });
  });
  it('knows items of lists, also those at the column of their key', () => {
    expect(at('jobs:\n  a:\n    steps:\n      - run: x\n        na|')?.path).toEqual(['jobs', 'a', 'steps', null]);
    expect(at('jobs:\n  a:\n    steps:\n    - run: x\n    - |')?.path).toEqual(['jobs', 'a', 'steps', null]);
    expect(at('jobs:\n  a:\n    steps:\n      - run: x\n    im|')?.path).toEqual(['jobs', 'a']);
  });
  it('is a value behind a colon', () => {
    expect(at('jobs:\n  a:\n    executor: sh|')).toMatchObject({ path: ['jobs', 'a', 'executor'], kind: 'value' });
  });
  it('is not known inside of a script, of braces and of a comment', () => {
    expect(placeAt('steps:\n  - run: |\n      ec', 23)).toBeUndefined();
    expect(at('on: {pu|')).toBeUndefined();
    expect(at('# na|')).toBeUndefined();
  });
});

describe('what can stand there', () => {
  it('are the keys of the schema, without those that stand there already', () => {
    expect(labels('|')).toEqual(expect.arrayContaining(['name', 'on', 'jobs']));
    const job = labels('jobs:\n  build:\n    image: gcc\n    |\n    needs: a');
    expect(job).toEqual(expect.arrayContaining(['steps', 'matrix', 'runs_on']));
    expect(job).not.toContain('image');
    expect(job).not.toContain('needs');
    expect(labels('jobs:\n  a:\n    steps:\n      - |')).toEqual(expect.arrayContaining(['run', 'name']));
  });
  it('are the words of a value', () => {
    expect(labels('jobs:\n  a:\n    executor: |')).toEqual(expect.arrayContaining(['docker', 'sandbox', 'shell']));
    expect(labels('on: |')).toEqual(expect.arrayContaining(['push', 'manual']));
  });
  it('is nothing where the name is the writer’s own', () => {
    expect(labels('jobs:\n  |')).toEqual([]);
  });
});
