// Browser tests against a real server with real agents and real repositories. Screenshots are left in e2e/out.
//   npm run e2e                                        OPEN_CICD_PROGRAMS names the folder of the programs
//   npm run e2e -- log hostile                         only some groups of them
import { after, before, describe } from 'node:test';
import { Browsing, launch } from './browsing.js';
import { hostile } from './hostile.js';
import { keyboard } from './keyboard.js';
import { live } from './live.js';
import { log } from './log.js';
import { newcomer } from './newcomer.js';
import { operations } from './operations.js';
import { pages } from './pages.js';
import { Plane } from './plane.js';
import process from 'node:process';
import { types } from './types.js';

// The last change what the others look at.
const groups = { types, pages, keyboard, operations, newcomer, log, hostile, live };
const wanted = process.argv.slice(2);
for (const name of wanted)
  if (!(name in groups)) {
    console.error(`there is no group ${name}; there are: ${Object.keys(groups).join(' ')}`);
    process.exit(2);
  }

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

  for (const name of wanted.length ? wanted : Object.keys(groups)) groups[name](world);
});
