// A live room: connects, applies each snapshot part by element, and never trusts that a message arrived.
//
// The page carries <div id="live" data-live-url data-live-socket data-live-seq> and its facts as JSON in
// #live-facts; each live part is an element #part-<name>. Forms and what is one's own stand outside the parts.
// docs/realtime.md tells the whole protocol.

const SILENCE_MS = 15000; // without any word from the server: read the snapshot over HTTP
const POLL_MS = 1500; // when sockets are blocked
const FIRST_TRY_MS = 4000; // a socket that did not open in this time counts as blocked, and is tried again later
const WORDS = { on: "Đã kết nối", waiting: "Đang kết nối lại", off: "Mất mạng – phiếu sẽ gửi khi có mạng" };

export class LiveRoom extends EventTarget {
  constructor(place) {
    super();
    this.url = place.dataset.liveUrl;
    // citizens' pages have no socket and look every few seconds
    this.socketUrl = place.dataset.liveSocket && new URL(place.dataset.liveSocket, location.href.replace(/^http/, "ws"));
    this.pollMs = this.socketUrl ? POLL_MS : Number(place.dataset.livePoll);
    this.seq = Number(place.dataset.liveSeq);
    this.facts = JSON.parse(document.getElementById("live-facts")?.textContent || "{}");
    this.parts = new Map();
    this.tries = 0;
    this.heardAt = Date.now();
    this.fetching = null;
    this.stopped = false;
    addEventListener("online", () => this.wakeUp());
    addEventListener("offline", () => this.say("off"));
    addEventListener("pageshow", (e) => e.persisted && this.wakeUp());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.wakeUp());
    setInterval(() => this.watch(), 1000);
    this.connect();
  }

  get isOpen() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  // --- the socket ------------------------------------------------------------------------------

  connect() {
    if (this.stopped || this.socket || !this.socketUrl) return;
    let socket;
    try {
      socket = new WebSocket(this.socketUrl);
    } catch {
      this.retry();
      return;
    }
    this.socket = socket;
    const tooLong = setTimeout(() => socket.readyState === WebSocket.CONNECTING && socket.close(), FIRST_TRY_MS);
    socket.addEventListener("open", () => {
      clearTimeout(tooLong);
      this.tries = 0;
      this.heardAt = Date.now();
      this.say("on");
      this.dispatchEvent(new Event("open"));
    });
    socket.addEventListener("message", (e) => this.hear(e.data));
    socket.addEventListener("close", (e) => {
      clearTimeout(tooLong);
      if (this.socket === socket) this.socket = null;
      if (e.code === 4401) {
        // signed out, or the right was taken away: the server says what to do now
        this.stopped = true;
        location.reload();
        return;
      }
      if (e.code === 1008) this.tries = Math.max(this.tries, 6); // too many screens of one person: wait long
      this.retry();
    });
  }

  retry() {
    this.say(navigator.onLine ? "waiting" : "off");
    const wait = Math.min(15000, 300 * 2 ** this.tries++);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), wait * (0.5 + Math.random()));
  }

  wakeUp() {
    clearTimeout(this.timer);
    this.refresh();
    if (!this.socket) this.connect();
  }

  hear(text) {
    this.heardAt = Date.now();
    const message = JSON.parse(text);
    if (message.type === "snapshot") this.take(message);
    else if (message.type === "beat") {
      if (message.seq > this.seq) this.refresh();
    } else this.dispatchEvent(new CustomEvent(message.type, { detail: message }));
  }

  /** Send over the open socket; false when there is none. */
  send(message) {
    if (!this.isOpen) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  // --- the snapshot over HTTP --------------------------------------------------------------------

  watch() {
    if (this.stopped) return;
    const silent = Date.now() - this.heardAt;
    if (this.isOpen && silent > SILENCE_MS) {
      this.heardAt = Date.now();
      this.socket.close(); // half open: a sleeping tablet, a changed network
      this.refresh();
    } else if (!this.isOpen && silent > this.pollMs && document.visibilityState === "visible") this.refresh();
  }

  refresh() {
    this.fetching ??= this.fetchSnapshot().finally(() => (this.fetching = null));
    return this.fetching;
  }

  async fetchSnapshot() {
    const abort = new AbortController();
    const tooLong = setTimeout(() => abort.abort(), 5000);
    try {
      const answer = await fetch(this.url, {
        headers: { Accept: "application/json", "If-None-Match": `"${this.seq}"` },
        cache: "no-store",
        redirect: "manual",
        signal: abort.signal,
      });
      if (answer.status === 404 || answer.type === "opaqueredirect") {
        this.stopped = true;
        location.reload();
        return;
      }
      if (answer.status !== 200 && answer.status !== 304) throw new Error(String(answer.status));
      this.heardAt = Date.now();
      if (answer.status === 200) this.take(await answer.json());
      this.say("on"); // sockets may be blocked; the screen is up to date all the same
    } catch {
      if (!this.isOpen) this.say(navigator.onLine ? "waiting" : "off");
    } finally {
      clearTimeout(tooLong);
    }
  }

  // --- applying ------------------------------------------------------------------------------------

  take({ seq, base, facts, parts }) {
    if (seq < this.seq) return; // older than what is shown
    if (base !== null && base !== this.seq) {
      if (seq > this.seq) this.refresh(); // a difference to something that this screen has not seen
      return;
    }
    if (seq === this.seq && base !== null) return;
    const before = this.facts;
    this.seq = seq;
    this.facts = facts;
    for (const [name, html] of Object.entries(parts)) this.show(name, html);
    this.dispatchEvent(new CustomEvent("facts", { detail: { facts, before } }));
  }

  show(name, html) {
    const place = document.getElementById(`part-${name}`);
    if (!place || this.parts.get(name) === html) return;
    this.parts.set(name, html);
    window.Idiomorph.morph(place, html, {
      morphStyle: "innerHTML",
      // half-typed words stay; but a button that was just pressed must take its next words, or it would say
      // one thing and do another (idiomorph leaves everything inside the active element alone)
      ignoreActiveValue: Boolean(document.activeElement?.matches("input, textarea, select")),
      callbacks: {
        // what a person is busy with stays untouched
        beforeNodeMorphed: (node) => !(node instanceof Element && node.closest("[data-keep], form")),
        beforeNodeRemoved: (node) => !(node instanceof Element && node.matches("[data-keep]")),
      },
    });
    tick();
    this.dispatchEvent(new CustomEvent("part", { detail: { name, place } }));
  }

  say(state) {
    if (this.state === state) return;
    this.state = state;
    for (const place of document.querySelectorAll("[data-connection]")) {
      place.dataset.connection = state;
      const word = place.querySelector("[data-connection-word]");
      if (word) word.textContent = WORDS[state];
      const use = place.querySelector("use");
      if (use) use.setAttribute("href", use.getAttribute("href").replace(/#i-net(-off)?$/, state === "off" ? "#i-net-off" : "#i-net"));
    }
    this.dispatchEvent(new CustomEvent("connection", { detail: state }));
  }
}

let room;

/** The page's room; made on first use, null on a page without one. */
export function liveRoom() {
  const place = document.getElementById("live");
  if (!place) return null;
  room ??= new LiveRoom(place);
  return room;
}

// --- small things that every live page shows ---------------------------------------------------------

const two = (n) => String(n).padStart(2, "0");

const hall = new Intl.DateTimeFormat("vi-VN", { timeZone: "Asia/Ho_Chi_Minh", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

function tick() {
  const now = new Date();
  const text = hall.format(now);
  for (const place of document.querySelectorAll("[data-clock]")) {
    if (place.textContent !== text) place.textContent = text;
  }
  for (const place of document.querySelectorAll("[data-since]")) {
    const seconds = Math.max(0, Math.round((now - new Date(place.dataset.since)) / 1000));
    place.textContent = `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
  }
}

if (document.querySelector("[data-clock], [data-since], #live")) {
  setInterval(tick, 1000);
  tick();
}
