// The users in the room.

import { avatar, element } from './dom.js';

const GRACE = 3000; // ms: a user who returns within this time (a reload of the page) has not left

export class People {
  #users = new Map();
  #leaving = new Map();
  #list;
  #count;
  #me;
  #note;

  /** @param note shows a line in the room */
  constructor(list, count, me, note) {
    this.#list = list;
    this.#count = count;
    this.#me = me;
    this.#note = note;
  }

  /** The users in the room when the socket opened. */
  reset(users) {
    this.#users = new Map(users.map((user) => [user.id, user]));
    this.#show();
  }

  joined(user) {
    const wasLeaving = this.#leaving.has(user.id);
    clearTimeout(this.#leaving.get(user.id));
    this.#leaving.delete(user.id);
    if (!this.#users.has(user.id) && !wasLeaving && user.id !== this.#me.id) this.#note(`${user.name} came in`);
    this.#users.set(user.id, user);
    this.#show();
  }

  left(user) {
    if (!this.#users.has(user.id) || this.#leaving.has(user.id)) return;
    this.#leaving.set(user.id, setTimeout(() => {
      this.#leaving.delete(user.id);
      this.#users.delete(user.id);
      this.#note(`${user.name} left`);
      this.#show();
    }, GRACE));
  }

  changed(user) {
    if (this.#users.has(user.id)) this.#users.set(user.id, user);
    this.#show();
  }

  #show() {
    const users = [...this.#users.values()].sort((a, b) => (b.id === this.#me.id) - (a.id === this.#me.id) || a.name.localeCompare(b.name));
    this.#count.textContent = users.length || '';
    this.#list.replaceChildren(...users.map((user) => element('li', {},
      element('span', { className: 'dot' }, avatar(user)),
      element('span', { className: 'name' }, user.name),
      user.id === this.#me.id ? element('small', {}, 'you') : null,
    )));
  }
}
