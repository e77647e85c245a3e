import { describe, expect, it } from 'vitest';
import type { Schemas } from '$lib/api/client';
import { executorsOf, secretsOf, stepsOf } from './approval';

const job = (more: object): Schemas['PlannedJob'] =>
  ({ key: 'a', job: 'a', name: 'a', needs: [], secrets: {}, steps: [], ...more }) as unknown as Schemas['PlannedJob'];

describe('what is approved', () => {
  it('names each secret once, of jobs and of steps', () => {
    const jobs = [
      job({ secrets: { KEY: 'DEPLOY_KEY' } }),
      job({ secrets: { OTHER: 'DEPLOY_KEY' }, steps: [{ step: 0, secrets: { T: 'NPM_TOKEN' } }] })
    ];
    expect(secretsOf(jobs)).toEqual(['DEPLOY_KEY', 'NPM_TOKEN']);
  });
  it('names where commands run', () => {
    expect(executorsOf([job({ spec: { executor: 'shell' } }), job({ spec: { executor: 'docker' } }), job({})])).toEqual(
      ['docker', 'shell']
    );
  });
  it('shows the commands of each step, and a plugin by its image', () => {
    const shown = stepsOf(
      job({
        spec: {
          steps: [
            { name: 'test', run: ['make', 'make check'] },
            { name: '', run: [] }
          ]
        },
        steps: [{ step: 1, secrets: {}, uses: 'registry.example.org/notify:1' }]
      })
    );
    expect(shown).toEqual([
      { name: 'test', run: 'make\nmake check' },
      { name: 'Step 2', run: 'uses: registry.example.org/notify:1' }
    ]);
  });
});
