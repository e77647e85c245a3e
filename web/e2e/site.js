// Serves web/build as the server does (compressed, deep links, missing assets are 404, the strict policy), and hands the
// API to it with the administrator's token. For as long as the server under test has no pages of its own.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const build = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../build');
const basePlaceholder = '/__open_cicd_base__';
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json'
};

const read = (file) => readFile(file).catch(() => undefined);

export async function startSite(plane) {
  const index = (await readFile(path.join(build, 'index.html'), 'utf8')).replaceAll(basePlaceholder, '');
  const inline = [...index.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, text]) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  );
  const policy = [
    "default-src 'self'",
    `script-src 'self' ${inline.join(' ')}`,
    "style-src 'self'",
    "style-src-elem 'self'",
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
    "require-trusted-types-for 'script'"
  ].join('; ');
  const site = { streams: 0, streamsMost: 0 };

  const toServer = (incoming, answer) => {
    const isStream = incoming.url.startsWith('/api/v1/events');
    if (isStream) site.streamsMost = Math.max(site.streamsMost, ++site.streams);
    const { hostname, port } = new URL(plane.url);
    const outgoing = request(
      {
        hostname,
        port,
        method: incoming.method,
        path: incoming.url,
        headers: { ...incoming.headers, host: `${hostname}:${port}`, authorization: `Bearer ${plane.token}` }
      },
      (reply) => {
        answer.writeHead(reply.statusCode, reply.headers);
        reply.pipe(answer);
        reply.on('error', () => answer.destroy());
      }
    );
    outgoing.on('error', () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end()));
    answer.on('close', () => {
      if (isStream) site.streams--;
      outgoing.destroy();
    });
    incoming.pipe(outgoing);
  };

  const server = createServer(async (incoming, answer) => {
    const { pathname } = new URL(incoming.url, 'http://site');
    if (pathname.startsWith('/api/')) return toServer(incoming, answer);
    const file = path.join(build, pathname);
    const type = types[path.extname(pathname)];
    if (type && file.startsWith(build)) {
      const gzip = await read(`${file}.gz`);
      const body = gzip ?? (await read(file));
      if (!body) return answer.writeHead(404).end();
      return answer
        .writeHead(200, {
          'content-type': type,
          'content-length': body.length,
          ...(gzip ? { 'content-encoding': 'gzip' } : {}),
          'cache-control': 'no-store'
        })
        .end(body);
    }
    answer.writeHead(200, { 'content-type': types['.html'], 'content-security-policy': policy }).end(index);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  site.url = `http://127.0.0.1:${server.address().port}`;
  site.stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return site;
}
