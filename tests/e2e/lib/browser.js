// Headless Chromium.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { root } from './app.js';

const screenshots = join(root, 'build/e2e');

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync',
    ],
  });
}

/** A window with separate cookies. Errors of its page are collected in `errors`. */
export async function openWindow(browser, server, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1180, height: 760 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  page.errors = [];
  page.on('pageerror', (error) => page.errors.push(error.message));
  await page.goto(`${server.url}/`);
  return page;
}

/** Fills in the log-in page: with a demo user, or with a new name. */
export async function enter(page, name) {
  if (['Ada', 'Grace'].includes(name)) {
    await page.click('[data-tab=known]');
    await page.click(`[data-demo=${name}]`);
  } else {
    await page.fill('#new [name=name]', name);
    await page.click('#new .primary');
  }
  await connected(page);
}

/** Waits until the page's socket is open. */
export function connected(page) {
  return page.waitForSelector('#state[data-state=open]');
}

export async function say(page, text) {
  await page.fill('#text', text);
  await page.press('#text', 'Enter');
}

/** Waits for a message in the room that the server has confirmed. */
export function bubble(page, text) {
  return page.waitForSelector(`.message[data-id] .bubble:text-is("${text}")`);
}

export function screenshot(page, name) {
  mkdirSync(screenshots, { recursive: true });
  return page.screenshot({ path: join(screenshots, `${name}.png`) });
}
