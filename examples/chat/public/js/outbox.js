// Messages that the server has not confirmed yet. They survive reconnects and reloads of the page; the server recognises a
// duplicate by its key.

export class Outbox {
  #storageKey;
  #messages;

  constructor(storageKey) {
    this.#storageKey = storageKey;
    this.#messages = JSON.parse(localStorage.getItem(storageKey) ?? '[]');
  }

  /** In the order in which they were typed: {key, text, at, failed?: reason}. */
  get messages() {
    return this.#messages;
  }

  add(text) {
    const message = { key: newKey(), text, at: new Date().toISOString() };
    this.#messages.push(message);
    this.#save();
    return message;
  }

  /** Removes a message that was confirmed or given up. */
  remove(key) {
    this.#messages = this.#messages.filter((message) => message.key !== key);
    this.#save();
  }

  /** Marks the oldest message under way as refused by the server. */
  fail(why) {
    const message = this.#messages.find((one) => !one.failed);
    if (message) {
      message.failed = why;
      this.#save();
    }
    return message;
  }

  #save() {
    localStorage.setItem(this.#storageKey, JSON.stringify(this.#messages));
  }
}

// crypto.randomUUID() exists on secure origins only, and this page is also opened by a plain address in the local network.
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
