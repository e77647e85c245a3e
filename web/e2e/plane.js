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

  /** Nothing where it runs. */
  async startServer() {
    if (this.#server?.exitCode === null && this.#server.signalCode === null) return;
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

  /** What the command line prints, run where the server is. */
  async cli(...args) {
    const { stdout } = await run(path.join(programs, 'open-cicd'), args, {
      cwd: this.#folder,
      env: {
        ...process.env,
        OPEN_CICD_SERVER: this.url,
        OPEN_CICD_TOKEN_FILE: path.join(this.#folder, 'data/admin.token')
      }
    });
    return stdout;
  }

  /** A value of the server's metrics. */
  async metric(name) {
    const answer = await fetch(`${this.url}/metrics`, { headers: { authorization: `Bearer ${this.token}` } });
    return Number(new RegExp(`^${name} (.+)$`, 'm').exec(await answer.text())?.[1]);
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

  /** A repository of git with a commit of these files (path to text), and its address. */
  async gitFolder(files, { title = 'First', author } = {}) {
    const folder = path.join(this.#folder, 'git', String(this.#made++));
    await mkdir(folder, { recursive: true });
    const git = async (...args) =>
      (await run('git', args, { cwd: folder, env: { ...process.env, ...authorOf(author) } })).stdout.trim();
    await git('init', '-q', '-b', 'main');
    const commit = async (changed, message, { branch, author: by } = {}) => {
      if (branch) await git('checkout', '-q', '-B', branch, 'main');
      else await git('checkout', '-q', 'main').catch(() => undefined);
      for (const [file, text] of Object.entries(changed)) await writeFile(path.join(folder, file), text);
      await git('add', '-A');
      await run('git', ['commit', '-q', '--allow-empty', '-m', message], {
        cwd: folder,
        env: { ...process.env, ...authorOf(by) }
      });
      return await git('rev-parse', 'HEAD');
    };
    await commit(files, title, { author });
    return { url: `file://${folder}`, commit, head: () => git('rev-parse', 'HEAD') };
  }

  /** Connects a repository, and pushes its commits one by one, each after the runs of the one before have ended. */
  async addRepository({ name, inputs, commits: [first, ...more] }) {
    const git = await this.gitFolder(first.files, first);
    const repository = await this.api('POST', '/repositories', {
      ...{ url: git.url, forge: 'git', name, webhook: false, poll_s: 1 }
    });
    await this.api('POST', `/repositories/${repository.id}/runs`, { inputs });
    await this.#seen(repository, first, await git.head());
    for (const commit of more)
      await this.#seen(repository, commit, await git.commit(commit.files, commit.title, commit));
    return repository;
  }

  async #seen({ id, name }, { title, leave }, sha) {
    const made = await until(
      `a run of ${name} ${title}`,
      async () => (await this.#runsOf(id)).find((one) => one.sha === sha),
      60_000
    );
    if (!leave) await this.ended(made.id);
  }

  async #runsOf(id) {
    return (await this.api('GET', `/runs?repository=${id}&limit=50`)).runs;
  }

  /** The newest run of a repository that `pick` takes. */
  async runOf(repository, pick = () => true) {
    const { runs } = await this.api('GET', '/runs?limit=100');
    return runs.find((one) => one.repository === repository && pick(one));
  }

  /** Submits a run of no repository; what the pipeline is goes as JSON, which is YAML. Its id. */
  async submit(pipeline) {
    const jobs = Object.fromEntries(
      Object.entries(pipeline.jobs).map(([key, job]) => [key, { checkout: false, ...job }])
    );
    const text = JSON.stringify({ defaults: { executor: 'shell' }, ...pipeline, jobs });
    return (await this.api('POST', '/runs', { pipeline: text, name: pipeline.name })).id;
  }

  /** The script of a step that lasts until `end` is called. */
  async waiting() {
    const file = path.join(this.#folder, `end-${this.#made++}`);
    return { script: `until [ -e ${file} ]; do sleep 0.05; done`, end: () => writeFile(file, '') };
  }

  /** A run once it has ended. */
  async ended(id, withinMs = fillWithinMs) {
    return await until(
      `the end of run ${id}`,
      async () => {
        const one = await this.api('GET', `/runs/${id}`);
        return one.finished_at && one;
      },
      withinMs
    );
  }

  /** A job of a run, by its key, once it is running or has ended. */
  async begun(id, key) {
    return await until(`job ${key}`, async () => {
      const { jobs } = await this.api('GET', `/runs/${id}`);
      return jobs.find((job) => job.key === key && !['queued', 'pending', 'blocked'].includes(job.state));
    });
  }

  async fill() {
    await this.startAgent('anvil-amd64-01', '--labels', 'pool=large,linux');
    await this.startAgent('anvil-amd64-02', '--labels', 'pool=large,linux');
    await this.startAgent('anvil-arm64-01', '--labels', 'pool=small,linux');
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

function authorOf(name = 'Mira Kowalska') {
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
