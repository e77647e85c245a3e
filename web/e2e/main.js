// Browser tests against a real server with real agents and real repositories. Screenshots are left in e2e/out.
//   npm run e2e                                        OPEN_CICD_PROGRAMS names the folder of the programs
//   npm run e2e -- --test-name-pattern 'the log'       only some
import { after, before, describe } from 'node:test';
import { Browsing, launch } from './browsing.js';
import { hostile } from './hostile.js';
import { keyboard } from './keyboard.js';
import { liveTests } from './live.js';
import { log } from './log.js';
import { newcomer } from './newcomer.js';
import { operations } from './operations.js';
import { pages } from './pages.js';
import { Plane } from './plane.js';
import { types } from './types.js';

describe('the web interface', () => {
  const world = { plane: undefined, browsing: undefined };
  let browser;
  before(async () => {
    world.plane = await new Plane().start();
    [browser] = await Promise.all([launch(), world.plane.fill()]);
    world.browsing = new Browsing(browser);
  });
  after(async () => {
    await browser?.close();
    await world.plane?.stop();
  });

  types(world);
  pages(world);
  keyboard(world);
  operations(world);
  newcomer(world);
  log(world);
  hostile(world);
  // Last: these change what the others look at.
  liveTests(world);
});
