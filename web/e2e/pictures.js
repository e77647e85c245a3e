// The pictures of the README, of a real run on a real server: node e2e/pictures.js, or dev/web pictures.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Browsing, launch, openLive } from './browsing.js';
import { repositories } from './pipelines.js';
import { Plane } from './plane.js';

const folder = fileURLToPath(new URL('../../docs/images', import.meta.url));
const viewport = { width: 1280, height: 780 };

const plane = await new Plane().start();
const browser = await launch();
try {
  await mkdir(folder, { recursive: true });
  for (const name of ['anvil-amd64-01', 'anvil-amd64-02', 'anvil-arm64-01'])
    await plane.startAgent(name, '--labels', 'linux');
  const { id } = await plane.addRepository(repositories[0]);
  const { runs } = await plane.api('GET', `/runs?repository=${id}&state=failed`);
  const { jobs } = await plane.api('GET', `/runs/${runs[0].id}`);
  const failed = jobs.find((job) => job.state === 'failed' && job.key.startsWith('integration'));
  const browsing = new Browsing(browser);
  for (const colorScheme of ['light', 'dark'])
    await browsing.page(plane, { viewport, colorScheme }, async (page) => {
      for (const [name, target, shown] of [
        ['run', `/runs/${runs[0].id}`, '.failure .ln.bad'],
        ['log', `/jobs/${failed.id}`, '.what:not(:text-is("…"))']
      ]) {
        await openLive(page, plane, target);
        await page.locator(shown).first().waitFor();
        await page.mouse.move(0, 0);
        await page.screenshot({ path: path.join(folder, `${name}-${colorScheme}.png`) });
      }
    });
} finally {
  await browser.close();
  await plane.stop();
}
