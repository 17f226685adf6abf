// The room's page: connects its parts.

import { $, avatar, toast } from './dom.js';
import { Outbox } from './outbox.js';
import { People } from './people.js';
import { csrf, pictureButton } from './picture.js';
import { RoomSocket } from './room-socket.js';
import { Timeline } from './timeline.js';

const page = JSON.parse($('page').textContent);
const { me, room } = page;
const title = document.title;

const timeline = new Timeline($('timeline'), $('scroll'), me);
const people = new People($('present'), $('present-count'), me, (text) => note(text));
const outbox = new Outbox(`outbox.${me.id}.${room.slug}`);
const socket = new RoomSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/chat/${room.slug}`, isLoggedIn);

// ---- history ----

for (const message of page.messages) timeline.add(message, false);
for (const message of outbox.messages) timeline.addUnsent(message);
$('earlier').hidden = !page.earlier;
timeline.toEnd();
showEmpty();

$('earlier').addEventListener('click', async () => {
  $('earlier').disabled = true;
  try {
    const response = await fetch(`/rooms/${room.slug}/messages?before=${timeline.firstId}`, { headers: { Accept: 'application/json' } });
    const { messages, earlier } = await response.json();
    timeline.addEarlier(messages);
    $('earlier').hidden = !earlier;
  } catch {
    toast('Earlier messages could not be loaded.');
  }
  $('earlier').disabled = false;
});

// ---- from the server ----

const handlers = {
  present: (users) => people.reset(users),
  joined: (user) => people.joined(user),
  left: (user) => people.left(user),
  history({ messages, more }) {
    messages.forEach(said);
    if (more) socket.send('hello', { after: timeline.lastId });
  },
  said,
  typing: (user) => showTyping(user),
  active: ({ room: slug }) => slug !== room.slug && showUnread(slug),
  announced(announcement) {
    timeline.announce(announcement);
    showEmpty();
    countUnseen();
  },
  changed(user) {
    people.changed(user);
    for (const old of document.querySelectorAll(`.avatar[data-user="${user.id}"]`)) old.replaceWith(avatar(user));
  },
  error({ message }) {
    const failed = outbox.fail(message);
    if (!failed) return toast(message);
    timeline.remove(failed.key);
    timeline.addUnsent(failed);
  },
};

socket.addEventListener('message', ({ detail: { event, data } }) => handlers[event]?.(data));
socket.addEventListener('open', () => {
  socket.send('hello', { after: timeline.lastId });
  for (const { key, text, failed } of outbox.messages) if (!failed) socket.send('say', { key, text });
});
socket.addEventListener('state', showState);

function said(message) {
  if (message.user.id === me.id) outbox.remove(message.key);
  const isHere = !timeline.add(message);
  showEmpty();
  if (message.user.id !== me.id) {
    stoppedTyping(message.user);
    if (!isHere) countUnseen();
  }
}

function note(text) {
  timeline.note(text);
  showEmpty();
}

// ---- to the server ----

const text = $('text');
const draft = `draft.${me.id}.${room.slug}`;
let lastTyping = 0;

text.value = sessionStorage.getItem(draft) ?? '';
fit();

text.addEventListener('input', () => {
  fit();
  sessionStorage.setItem(draft, text.value);
  if (text.value.trim() && Date.now() - lastTyping > 2000 && socket.send('typing')) lastTyping = Date.now();
});
text.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $('composer').requestSubmit();
});
$('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  const value = text.value.trim();
  if (!value) return;
  say(value);
  text.value = '';
  sessionStorage.removeItem(draft);
  lastTyping = 0;
  fit();
  text.focus();
});

timeline.onRetry = (key) => {
  const { text: again } = outbox.messages.find((message) => message.key === key);
  timeline.remove(key);
  outbox.remove(key);
  say(again);
};

function say(value) {
  const message = outbox.add(value);
  timeline.addUnsent(message);
  showEmpty();
  socket.send('say', { key: message.key, text: value });
}

function fit() {
  text.style.height = 'auto';
  text.style.height = `${text.scrollHeight}px`;
  $('send').disabled = !text.value.trim();
}

// ---- what the page shows beside the messages ----

let ticking = null;

function showState() {
  const state = $('state');
  const [label, button] = [state.querySelector('span'), state.querySelector('button')];
  clearInterval(ticking);
  state.dataset.state = document.body.dataset.socket = socket.state;
  button.hidden = socket.state !== 'waiting';
  $('banner').hidden = socket.state !== 'refused';
  $('me-state').textContent = socket.state === 'open' ? 'online' : 'offline';
  switch (socket.state) {
    case 'open': label.textContent = 'Connected'; break;
    case 'connecting': label.textContent = 'Connecting…'; break;
    case 'offline': label.textContent = 'No network'; break;
    case 'refused':
      label.textContent = 'Logged out';
      $('banner').innerHTML = 'You are logged out. What you typed is kept. <a href="/login">Log in again</a>';
      break;
    case 'waiting': {
      const tell = () => { label.textContent = `Again in ${Math.max(0, Math.ceil((socket.retryAt - Date.now()) / 1000))} s`; };
      tell();
      ticking = setInterval(tell, 250);
    }
  }
}

$('state').querySelector('button').addEventListener('click', () => socket.retry());

async function isLoggedIn() {
  try {
    const response = await fetch('/me', { headers: { Accept: 'application/json' } });
    return response.status === 401 ? false : response.ok || null;
  } catch {
    return null; // unknown: the server is unavailable
  }
}

const typists = new Map();

function showTyping(user) {
  clearTimeout(typists.get(user.id)?.timer);
  typists.set(user.id, { name: user.name, timer: setTimeout(() => stoppedTyping(user), 4000) });
  tellTyping();
}

function stoppedTyping(user) {
  clearTimeout(typists.get(user.id)?.timer);
  if (typists.delete(user.id)) tellTyping();
}

function tellTyping() {
  const names = [...typists.values()].map(({ name }) => name);
  $('typing').textContent = names.length === 0 ? '' : names.length > 3 ? 'Several people are typing…'
    : `${new Intl.ListFormat('en').format(names)} ${names.length > 1 ? 'are' : 'is'} typing…`;
}

function showUnread(slug) {
  const badge = document.querySelector(`[data-room="${slug}"] .unread`);
  if (!badge) return;
  badge.hidden = false;
  badge.textContent = Math.min(99, Number(badge.textContent) + 1);
}

let unseen = 0;

function countUnseen() {
  if (document.visibilityState === 'visible') return;
  document.title = `(${++unseen}) ${title}`;
}

document.addEventListener('visibilitychange', () => {
  if (document.visibilityState !== 'visible') return;
  unseen = 0;
  document.title = title;
});

timeline.onUnseen = (isUnseen) => { $('to-end').hidden = !isUnseen; };
$('to-end').addEventListener('click', () => timeline.toEnd());

function showEmpty() {
  $('empty').hidden = !timeline.isEmpty;
}

// ---- menus ----

$('me-avatar').append(avatar(me));
pictureButton($('me-avatar'), $('avatar-file'), handlers.changed);

$('menu').addEventListener('click', () => document.body.classList.add('side-open'));
$('veil').addEventListener('click', () => document.body.classList.remove('side-open'));

$('new-room').addEventListener('click', () => {
  const form = $('room-form');
  form.hidden = !form.hidden;
  if (!form.hidden) form.elements.name.focus();
});

// Cookies belong to a host name: with the machine's other name, the same browser has a second identity.
const twin = { localhost: '127.0.0.1', '127.0.0.1': 'localhost' }[location.hostname];
if (twin) {
  const address = new URL(location.href);
  address.hostname = twin;
  $('second').href = address;
  $('second').hidden = false;
}

const dialog = $('announce-dialog');
$('announce').addEventListener('click', () => dialog.showModal());
dialog.querySelector('[data-close]').addEventListener('click', () => dialog.close());
$('announce-form').addEventListener('submit', async ({ target }) => {
  const body = new FormData(target);
  target.reset();
  try {
    const response = await fetch('/announce', { method: 'POST', body, headers: { 'X-CSRF-TOKEN': csrf(), Accept: 'application/json' } });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.message);
    if (answer.queued) toast('Queued. A queue worker will send it.');
  } catch (error) {
    toast(`Not announced. ${error.message}`);
  }
});

socket.connect();
