// The list of messages: keeps them in the server's order, groups consecutive messages of one user, separates days, and
// stays at the end while the reader is there.

import { avatar, element, icon, linked } from './dom.js';

const GROUP = 5 * 60 * 1000; // ms between messages of one group, at most
const AT_END = 80; // px

const clock = new Intl.DateTimeFormat([], { hour: '2-digit', minute: '2-digit' });
const calendar = new Intl.DateTimeFormat([], { weekday: 'long', day: 'numeric', month: 'long' });

export class Timeline {
  /** Called when a message arrives below the visible part (true), and when the reader is back at the end (false). */
  onUnseen = () => {};
  /** Called with the key of a failed message that is to be sent again. */
  onRetry = () => {};

  #list;
  #scroll;
  #me;
  #atEnd = true;

  constructor(list, scroll, me) {
    this.#list = list;
    this.#scroll = scroll;
    this.#me = me;
    scroll.addEventListener('scroll', () => {
      this.#atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < AT_END;
      if (this.#atEnd) this.onUnseen(false);
    });
    new ResizeObserver(() => this.#atEnd && this.toEnd()).observe(scroll);
    new ResizeObserver(() => this.#atEnd && this.toEnd()).observe(list);
  }

  /** The id of the newest message here. */
  get lastId() {
    return Math.max(0, ...this.#messages().map((node) => Number(node.dataset.id ?? 0)));
  }

  /** The id of the oldest message here. */
  get firstId() {
    return Number(this.#messages().find((node) => node.dataset.id)?.dataset.id ?? 0);
  }

  get isEmpty() {
    return this.#list.childElementCount === 0;
  }

  /** Adds a message from the server, unless it is already shown. It replaces its unconfirmed copy. */
  add(message, isNew = true) {
    if (this.#messages().some((node) => Number(node.dataset.id) === message.id)) return false;
    if (message.user.id === this.#me.id) this.remove(message.key);

    const node = this.#message(message);
    node.dataset.id = message.id;
    node.classList.toggle('new', isNew);
    const next = this.#messages().find((other) => !other.dataset.id || Number(other.dataset.id) > message.id);
    this.#insert(node, next ?? null, isNew && message.user.id !== this.#me.id);
    return true;
  }

  /** Adds older messages above, without moving what the reader sees. */
  addEarlier(messages) {
    const fromBottom = this.#scroll.scrollHeight - this.#scroll.scrollTop;
    this.#atEnd = false;
    for (const message of messages) this.add(message, false);
    this.#scroll.scrollTop = this.#scroll.scrollHeight - fromBottom;
  }

  /** Shows a message that is not confirmed, at the end. */
  addUnsent(unsent) {
    const node = this.#message({ ...unsent, user: this.#me });
    node.classList.add(unsent.failed ? 'failed' : 'pending', 'new');
    const when = node.querySelector('.when');
    if (unsent.failed) {
      const again = element('button', { type: 'button', onclick: () => this.onRetry(unsent.key) }, 'Try again');
      when.replaceChildren(unsent.failed, ' ', again);
    } else {
      when.replaceChildren(icon('clock'), 'Sending…');
    }
    this.#insert(node, null, false);
    this.toEnd();
  }

  /** Removes an unconfirmed message. */
  remove(key) {
    const node = this.#messages().find((one) => one.dataset.key === key && !one.dataset.id);
    const next = node?.nextElementSibling;
    node?.remove();
    if (next) this.#regroup(next);
  }

  /** A line of small print. */
  note(text) {
    this.#insert(element('li', { className: 'line' }, text), this.#firstUnsent(), false);
  }

  announce({ text, by }) {
    const body = element('div', {}, linked(text), element('small', {}, `${by}, to everybody`));
    this.#insert(element('li', { className: 'announcement' }, icon('horn'), body), this.#firstUnsent(), true);
  }

  toEnd() {
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
  }

  #messages() {
    return [...this.#list.querySelectorAll('.message')];
  }

  #firstUnsent() {
    return this.#list.querySelector('.message:not([data-id])');
  }

  #message({ key, text, at, user }) {
    const when = new Date(at);
    const node = element(
      'li',
      { className: user.id === this.#me.id ? 'message own' : 'message' },
      avatar(user),
      element('div', { className: 'body' },
        element('div', { className: 'who' }, user.name),
        element('div', { className: 'bubble', title: when.toLocaleString() }, linked(text)),
        element('time', { className: 'when', dateTime: at }, clock.format(when)),
      ),
    );
    Object.assign(node.dataset, { key, user: user.id, at: when.getTime() });
    return node;
  }

  #insert(node, next, isForeign) {
    this.#list.insertBefore(node, next);
    this.#regroup(node);
    if (node.nextElementSibling) this.#regroup(node.nextElementSibling);
    if (this.#atEnd) this.toEnd();
    else if (isForeign) this.onUnseen(true);
  }

  // The look of a message depends on the message before, and whether that is the last of its group depends on this one.
  #regroup(node) {
    const before = node.previousElementSibling;
    const follows = isMessage(node) && isMessage(before) && node.dataset.user === before.dataset.user
      && node.dataset.at - before.dataset.at < GROUP && dayOf(node) === dayOf(before);
    if (isMessage(node)) {
      node.classList.toggle('first', !follows);
      if (!node.nextElementSibling || !isMessage(node.nextElementSibling)) node.classList.add('last');
      this.#separateDay(node, before);
    }
    if (isMessage(before)) before.classList.toggle('last', !follows);
  }

  #separateDay(node, before) {
    let earlier = before;
    while (earlier && !isMessage(earlier)) earlier = earlier.previousElementSibling;
    const isNewDay = !earlier || dayOf(earlier) !== dayOf(node);
    node.querySelector('.day')?.remove();
    if (isNewDay) node.prepend(element('div', { className: 'day' }, dayName(Number(node.dataset.at))));
  }
}

function isMessage(node) {
  return node !== null && node.classList.contains('message');
}

function dayOf(node) {
  return new Date(Number(node.dataset.at)).toDateString();
}

function dayName(time) {
  const day = new Date(time).toDateString();
  if (day === new Date().toDateString()) return 'Today';
  if (day === new Date(Date.now() - 24 * 3600 * 1000).toDateString()) return 'Yesterday';
  return calendar.format(time);
}
