// A WebSocket that reconnects: after growing delays, and immediately when the browser is online again.
//
// Events: "state" (see `state`), "open", and "message" with detail {event, data}.

const SHORTEST = 500; // ms
const LONGEST = 15000;
const LOGGED_OUT = 4001; // the close code of a socket whose log-in has ended

export class RoomSocket extends EventTarget {
  /** "connecting", "open", "waiting" (until `retryAt`), "offline" or "refused" (logged out: no further tries). */
  state = 'connecting';
  retryAt = 0;

  #url;
  #isLoggedIn;
  #socket = null;
  #timer = null;
  #failures = 0;

  /** @param isLoggedIn asks the server whether it still knows us; a browser does not tell why a socket was refused */
  constructor(url, isLoggedIn) {
    super();
    this.#url = url;
    this.#isLoggedIn = isLoggedIn;
    addEventListener('online', () => this.retry());
    addEventListener('offline', () => this.state === 'waiting' && this.#wait());
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.retry());
  }

  connect() {
    clearTimeout(this.#timer);
    this.#become('connecting');
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    let opened = false;

    socket.onopen = () => {
      opened = true;
      this.#failures = 0;
      this.#become('open');
      this.dispatchEvent(new Event('open'));
    };
    socket.onmessage = ({ data }) => this.dispatchEvent(new CustomEvent('message', { detail: JSON.parse(data) }));
    socket.onclose = async ({ code }) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      // With a "remember me" cookie, the user may be logged in again immediately.
      const refused = (code === LOGGED_OUT || !opened) && (await this.#isLoggedIn()) === false;
      if (refused) this.#become('refused');
      else this.#wait();
    };
  }

  /** Sends immediately; returns false, and sends nothing, if the socket is not open. */
  send(event, data = {}) {
    if (this.state !== 'open') return false;
    this.#socket.send(JSON.stringify({ event, data }));
    return true;
  }

  /** Ends a delay. */
  retry() {
    if (this.state === 'waiting' || this.state === 'offline') this.connect();
  }

  #wait() {
    clearTimeout(this.#timer);
    if (!navigator.onLine) return this.#become('offline');
    const pause = Math.min(LONGEST, SHORTEST * 2 ** this.#failures++) * (0.75 + Math.random() / 2);
    this.retryAt = Date.now() + pause;
    this.#timer = setTimeout(() => this.connect(), pause);
    this.#become('waiting');
  }

  #become(state) {
    this.state = state;
    this.dispatchEvent(new Event('state'));
  }
}
