// Writes src/lib/api/schema.d.ts from the server's OpenAPI document, so that no type of the API is written by hand.
//   npm run gen:api -- FILE        from a document in a file
//   npm run gen:api                from a running server: OPEN_CICD_URL and an administrator's OPEN_CICD_TOKEN
//   npm run gen:api -- --check …   writes nothing and fails if the types would change
import { readFile, writeFile } from 'node:fs/promises';
import openapiTypescript, { astToString } from 'openapi-typescript';
import process from 'node:process';

const target = new URL('../src/lib/api/schema.d.ts', import.meta.url);
const args = process.argv.slice(2);
const check = args.includes('--check');
const file = args.find((arg) => !arg.startsWith('--'));

async function document() {
  if (file) return await readFile(file, 'utf8');
  const url = process.env.OPEN_CICD_URL ?? 'http://127.0.0.1:8080';
  const token = process.env.OPEN_CICD_TOKEN;
  const answer = await fetch(`${url}/api/v1/openapi.json`, {
    headers: token ? { authorization: `Bearer ${token}` } : {}
  });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}; set OPEN_CICD_URL and OPEN_CICD_TOKEN`);
  return await answer.text();
}

const types = astToString(await openapiTypescript(JSON.parse(await document())));
const text = `// Generated from the server's OpenAPI document by npm run gen:api; do not edit.\n${types}`;
if (!check) {
  await writeFile(target, text);
} else if ((await readFile(target, 'utf8')) !== text) {
  console.error('src/lib/api/schema.d.ts is not what the server says; run npm run gen:api');
  process.exit(1);
}
