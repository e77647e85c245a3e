// A real server with real agents and real repositories on this machine, for the browser tests and for looking at the pages.
//   node e2e/plane.js            starts one, fills it, prints its address and token, and stays until Ctrl-C
// OPEN_CICD_PROGRAMS names the folder of the programs; without it, build/release of this tree.
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { repositories } from './pipelines.js';

const run = promisify(execFile);
const here = path.dirname(fileURLToPath(import.meta.url));
export const programs = process.env.OPEN_CICD_PROGRAMS ?? path.resolve(here, '../../build/release');
const startWithinMs = 30_000;
const fillWithinMs = 240_000;

export async function until(what, probe, withinMs = startWithinMs) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms for ${what}`);
    await pause(100);
  }
}

export async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

export class Plane {
  #programs = [];
  #folder;
  #port;
  #made = 0;
  #server;

  async start() {
    this.#folder = await mkdtemp(path.join(tmpdir(), 'open-cicd-web-'));
    this.#port = await freePort();
    this.url = `http://127.0.0.1:${this.#port}`;
    await this.startServer();
    this.token = (await readFile(path.join(this.#folder, 'data/admin.token'), 'utf8')).trim();
    return this;
  }

  async startServer() {
    const data = path.join(this.#folder, 'data');
    this.#server = await this.#spawn('server', 'open-cicd', [
      ...['server', '--listen', `127.0.0.1:${this.#port}`, '--data', data, '--durability', 'none']
    ]);
    await until('the server', async () => {
      try {
        return (await fetch(`${this.url}/readyz`)).ok;
      } catch {
        return false;
      }
    });
  }

  async stopServer() {
    await end(this.#server);
  }

  async startAgent(name, ...more) {
    const folder = path.join(this.#folder, name);
    await this.#spawn(name, 'open-cicd-agent', [
      ...['--server', this.url, '--token-file', path.join(this.#folder, 'data/registration.token')],
      ...['--name', name, '--executors', 'shell', '--work-dir', folder, ...more]
    ]);
  }

  async api(method, target, body) {
    const answer = await fetch(`${this.url}/api/v1${target}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body)
    });
    if (!answer.ok) throw new Error(`${method} ${target}: ${answer.status} ${await answer.text()}`);
    const text = await answer.text();
    return text ? JSON.parse(text) : undefined;
  }

  /** Connects a repository, and pushes its commits one by one, each after the runs of the one before have ended. */
  async addRepository({ name, inputs, commits }) {
    const folder = path.join(this.#folder, 'git', String(this.#made++));
    await mkdir(folder, { recursive: true });
    const git = (...args) => run('git', args, { cwd: folder, env: { ...process.env, ...author(commits[0]) } });
    await git('init', '-q', '-b', 'main');
    let repository;
    for (const commit of commits) {
      if (commit.branch) await git('checkout', '-q', '-B', commit.branch, 'main');
      else await git('checkout', '-q', 'main').catch(() => undefined);
      for (const [file, text] of Object.entries(commit.files)) await writeFile(path.join(folder, file), text);
      await git('add', '-A');
      await run('git', ['commit', '-q', '--allow-empty', '-m', commit.title], {
        cwd: folder,
        env: { ...process.env, ...author(commit) }
      });
      repository ??= await this.api('POST', '/repositories', {
        url: `file://${folder}`,
        forge: 'git',
        name,
        webhook: false,
        poll_s: 1
      });
      if (commit === commits[0]) {
        await this.api('POST', `/repositories/${repository.id}/runs`, { inputs });
      }
      const sha = (await git('rev-parse', 'HEAD')).stdout.trim();
      const made = await until(
        `a run of ${name} ${commit.title}`,
        async () => (await this.#runsOf(repository.id)).find((one) => one.sha === sha),
        60_000
      );
      if (!commit.leave) {
        await until(
          `the end of ${name} ${commit.title}`,
          async () => (await this.#run(made.id)).finished_at,
          fillWithinMs
        );
      }
    }
    return repository;
  }

  async #runsOf(id) {
    return (await this.api('GET', `/runs?repository=${id}&limit=50`)).runs;
  }
  async #run(id) {
    return await this.api('GET', `/runs/${id}`);
  }

  async fill() {
    await this.startAgent('anvil-amd64-01', '--labels', 'pool=large,linux');
    await this.startAgent('anvil-amd64-02', '--labels', 'pool=large,linux');
    const connected = [];
    for (const repository of repositories) connected.push(await this.addRepository(repository));
    this.repositories = connected;
    return connected;
  }

  async stop() {
    for (const program of this.#programs.reverse()) await end(program);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #spawn(name, program, args) {
    const log = await open(path.join(this.#folder, `${name}.log`), 'a');
    const child = spawn(path.join(programs, program), args, { stdio: ['ignore', log.fd, log.fd], cwd: this.#folder });
    child.once('exit', () => log.close());
    this.#programs.push(child);
    return child;
  }
}

async function end(child) {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  if ((await Promise.race([gone, pause(15_000, 'late')])) === 'late') {
    child.kill('SIGKILL');
    await gone;
  }
}

function author({ author: name = 'Mira Kowalska' } = {}) {
  const email = 'dev@example.org';
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const plane = await new Plane().start();
  process.once('SIGINT', () => void plane.stop().then(() => process.exit()));
  process.once('SIGTERM', () => void plane.stop().then(() => process.exit()));
  console.log(`OPEN_CICD_URL=${plane.url} OPEN_CICD_TOKEN=${plane.token}`);
  try {
    await plane.fill();
    console.log('filled');
  } catch (cause) {
    console.error(cause);
    await plane.stop();
  }
}
