// Two people chat in two browser windows.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chatApp } from './lib/app.js';
import { bubble, connected, enter, launch, openWindow, say, screenshot } from './lib/browser.js';
import { Server } from './lib/server.js';
import { Refused, Socket } from './lib/socket.js';
import { until } from './lib/workspace.js';

// Grace and Ada in turns. The pictures in README.md show the last state: build/e2e/room-light-1.png and room-dark-1.png.
const talk = [
  'Is the new release out?',
  'Ten minutes ago. I reloaded it while you were typing.',
  'I did not notice a thing',
  'That is the idea: new workers, same sockets.',
  'How many are connected now?',
  'A bit over four thousand.',
  'And none of them reconnected?',
  'Not one. The gateway keeps them.',
  'Then I can ship the order page today.',
  'Please do. What does it need?',
  'A message to the customer when the parcel leaves.',
  'That is one line in the job that prints the label.',
  'In the queue worker? It has no socket.',
  'It does not need one. Gateway::user($customer)->send() works from anywhere.',
  'From php-fpm, too?',
  'From tinker, if you like.',
  'Nice. And if the customer has three tabs open?',
  'All three get it.',
  'Then I know what I do next.',
  'Tell me when it is up, I will watch the socket.',
];

for (const loops of [1, 4]) {
  describe(`chat in the browser, ${loops} event loops`, () => {
    let server, browser, ada, grace;

    before(async () => {
      server = await Server.start(await chatApp(), { loops });
      browser = await launch();
      ada = await openWindow(browser, server);
      grace = await openWindow(browser, server, { colorScheme: 'dark' });
    });
    after(async () => {
      await browser?.close();
      await server?.stop();
    });

    test('both come in and see each other', async () => {
      assert.match(ada.url(), /\/login$/);
      await screenshot(ada, `login-${loops}`);
      await enter(ada, 'Ada');
      await enter(grace, 'Grace');
      await ada.waitForSelector('.line:text-is("Grace came in")');
      for (const page of [ada, grace]) await until('two people here', async () => (await page.textContent('#present-count')) === '2');
    });

    test('what one says the other reads, at once and in order', async () => {
      await ada.type('#text', 'Hi');
      await grace.waitForSelector('#typing:text-is("Ada is typing…")');
      await ada.press('#text', 'Enter');
      await bubble(grace, 'Hi');
      for (const [number, text] of talk.entries()) await say(number % 2 ? ada : grace, text);
      for (const page of [ada, grace]) {
        await bubble(page, talk.at(-2));
        await bubble(page, talk.at(-1));
        const said = (await page.$$eval('.message[data-id] .bubble', (bubbles) => bubbles.map(({ textContent }) => textContent))).filter((text) => talk.includes(text));
        assert.equal(said.length, talk.length);
        for (const whose of [0, 1]) assert.deepEqual(said.filter((text) => talk.indexOf(text) % 2 === whose), talk.filter((_, number) => number % 2 === whose));
        assert.equal(await page.$$eval('.pending, .failed', (nodes) => nodes.length), 0);
      }
      await screenshot(ada, `room-light-${loops}`);
      await screenshot(grace, `room-dark-${loops}`);
    });

    test('text is text: markup and emoji come as they were typed', async () => {
      const text = '<b>not bold</b> & "quoted" äöü 漢字 👋';
      await say(ada, text);
      await grace.waitForFunction((wanted) => [...document.querySelectorAll('.message[data-id] .bubble')].at(-1).textContent === wanted, text);
    });

    test('history is there after a reload of the page, and the reader is not said to have left', async () => {
      await grace.reload();
      await connected(grace);
      await bubble(grace, talk.at(-1));
      await ada.waitForTimeout(3500);
      assert.equal(await ada.$$eval('.line', (lines) => lines.filter(({ textContent }) => textContent === 'Grace left').length), 0);
    });

    test('another room has its own talk, and shows here as unread', async () => {
      await grace.click('[data-room=laravel]');
      await connected(grace);
      await say(grace, 'over here');
      await bubble(grace, 'over here');
      await ada.waitForSelector('[data-room=laravel] .unread:text-is("1")');
      assert.equal(await ada.$$eval('.bubble', (all) => all.filter(({ textContent }) => textContent === 'over here').length), 0);
      await ada.waitForSelector('.line:text-is("Grace left")');
      await grace.click('[data-room=lobby]');
      await connected(grace);
    });

    test('a picture is uploaded, cut to a square, and everybody sees it', async () => {
      const picture = await ada.screenshot({ type: 'jpeg' });
      await ada.setInputFiles('#avatar-file', { name: 'me.jpg', mimeType: 'image/jpeg', buffer: picture });
      const image = await grace.waitForSelector('.message .avatar img');
      assert.match(await image.getAttribute('src'), /^\/storage\/avatars\/\w+\.png$/);
      await until('the picture to be loaded', () => image.evaluate(({ naturalWidth, naturalHeight }) => naturalWidth === 256 && naturalHeight === 256));
      await screenshot(grace, `avatar-${loops}`);
    });

    test('an announcement reaches every room', async () => {
      await grace.click('[data-room=random]');
      await connected(grace);
      await ada.click('#announce');
      await ada.fill('#announce-dialog textarea', 'Lunch is ready');
      await screenshot(ada, `announce-${loops}`);
      await ada.click('#announce-dialog .primary');
      for (const page of [ada, grace]) await page.waitForSelector('.announcement:has-text("Lunch is ready")');
    });

    test('a message that the server refuses is marked, and says why', async () => {
      await ada.evaluate(() => { document.getElementById('text').maxLength = 3000; });
      await say(ada, 'x'.repeat(2001));
      await ada.waitForSelector('.failed .when:has-text("2000")');
    });

    test('logging out closes the sockets of that log-in, and the next one is refused', async () => {
      const second = await grace.context().newPage();
      await second.goto(`${server.url}/rooms/lobby`);
      await connected(second);
      await grace.click('#logout button');
      await grace.waitForURL('**/login');
      await second.waitForSelector('#state[data-state=refused]');
      await second.waitForSelector('#banner a[href="/login"]');
      const cookies = (await grace.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
      await assert.rejects(Socket.open(server, '/chat/lobby', { headers: { Cookie: cookies } }), (error) => error instanceof Refused && error.status === 302);
      await second.close();
    });

    test('the link to a window as somebody else opens one, in the same browser', async () => {
      const [popup] = await Promise.all([ada.context().waitForEvent('page'), ada.click('#second')]);
      await popup.waitForURL(`http://localhost:${server.port}/login`);
      await enter(popup, `Other ${loops}`);
      await ada.waitForSelector(`.line:text-is("Other ${loops} came in")`);
      await say(popup, 'we share a browser');
      await bubble(ada, 'we share a browser');
      assert.equal(await ada.textContent('.me-name b'), 'Ada');
      await popup.close();
    });

    test('a narrow window has the rooms in a drawer', async () => {
      const phone = await openWindow(browser, server, { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true });
      await enter(phone, `Mobile ${loops}`);
      await bubble(phone, talk.at(-1));
      await screenshot(phone, `phone-${loops}`);
      await phone.tap('#menu');
      await phone.waitForSelector('.side-open .rooms a >> visible=true');
      await phone.waitForTimeout(300);
      await screenshot(phone, `phone-menu-${loops}`);
      assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
      assert.deepEqual(phone.errors, []);
      await phone.context().close();
    });

    test('the pages complained of nothing', () => {
      assert.deepEqual([...ada.errors, ...grace.errors], []);
    });
  });
}

describe('the page while the server is away', () => {
  test('it says so, keeps what is typed, comes back by itself and sends it once', async () => {
    const app = await chatApp();
    const server = await Server.start(app);
    const browser = await launch();
    try {
      const page = await openWindow(browser, server);
      await enter(page, 'Ada');
      await say(page, 'before');
      await bubble(page, 'before');
      await server.stop();
      await page.waitForSelector('#state:not([data-state=open])');
      await say(page, 'while away, one');
      await say(page, 'while away, two');
      assert.equal(await page.$$eval('.message.pending', (all) => all.length), 2);
      await screenshot(page, 'away');
      const again = await Server.start(app, { port: server.port });
      try {
        await connected(page);
        await bubble(page, 'while away, one');
        await bubble(page, 'while away, two');
        const texts = await page.$$eval('.message .bubble', (all) => all.map(({ textContent }) => textContent).slice(-3));
        assert.deepEqual(texts, ['before', 'while away, one', 'while away, two']);
      } finally {
        await again.stop();
      }
    } finally {
      await browser.close();
      await server.stop();
    }
  });
});
