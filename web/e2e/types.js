// The types of the pages are those of the server.
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('../scripts/gen-api.js', import.meta.url));

export function types(world) {
  test('the types of the API are what the server says', async () => {
    const { plane } = world;
    await promisify(execFile)(process.execPath, [script, '--check'], {
      env: { ...process.env, OPEN_CICD_URL: plane.url, OPEN_CICD_TOKEN: plane.token }
    });
  });
}
