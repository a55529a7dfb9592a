// What was noted and not yet kept by the server. Each note goes alone and in order; what is under way is sent again
// with the same number and the same content until it is answered, so that it is kept once. What the server refuses, or has
// in another state, stays until its author has decided.

const PAUSES = [1500, 3000, 6000, 12000, 30000];
const GONE = "Tài liệu này không còn, hoặc ông/bà không còn quyền đọc.";

/** A storage for pages that can keep nothing: the notes stay in memory, and leaving the page warns. */
export const inMemory = { load: async () => [], put: async () => false, drop: async () => {}, has: async () => true, sent: async () => {} };

/** POST as JSON; rejects when there is no network. */
async function post(url, body, token) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
    body: JSON.stringify(body),
    cache: "no-store",
    redirect: "manual",
  });
  const isJson = answer.headers.get("Content-Type")?.includes("json");
  return { status: answer.status, isAway: answer.type === "opaqueredirect", said: isJson ? await answer.json() : {} };
}

/** One tab of this tablet sends at a time. */
const alone = (act) => (navigator.locks ? navigator.locks.request("nghi-truong-notes", act) : act());

const isStopped = (item) => Boolean(item.theirs || item.refused);
const latest = (item) => item.next ?? item.flight;

/**
 * Items: {id, document, revision: what the server has (0: nothing), flight: {version, annotation, revision} that is under
 * way, next: {version, annotation} that follows, theirs: what the server has instead, refused: why it does not take it}.
 */
export class NoteQueue {
  #items = new Map();
  #kept = new Set(); // lie in the storage
  #pending = new Set(); // on their way into it
  #tries = 0;
  #timer;
  #running = false;

  /**
   * `urlOf(item)`, `token()`; `storage` has load(), put(item) → is it kept on the disk, drop(id), has(id), sent(id, document, note).
   * `isAway()`: nothing is tried meanwhile. `on` has saved(id, note, isLast, document), conflict(item), refused(item),
   * state("saved" | "sending" | "waiting" | "unkept" | "out", count of those unsent).
   */
  constructor({ urlOf, token, storage = inMemory, on, send = post, isAway = () => false, signal }) {
    Object.assign(this, { urlOf, token, storage, on, send, isAway });
    addEventListener("online", () => this.wake(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.wake(), { signal });
    addEventListener("beforeunload", (e) => this.isUnkept && e.preventDefault(), { signal });
  }

  /** Take up what an earlier page left; gives it as [{id, revision, version, annotation}]. */
  async resume() {
    for (const item of await this.storage.load()) {
      if (this.#items.has(item.id)) continue;
      this.#items.set(item.id, item);
      this.#kept.add(item.id);
      if (item.theirs) this.on.conflict(item);
    }
    this.#tell();
    this.wake();
    return [...this.#items.values()].map((item) => ({ id: item.id, revision: item.revision, ...latest(item) }));
  }

  /** How many notes the server does not have as they are here. */
  get size() {
    return this.#items.size;
  }

  /** Whether something would be lost if the page were left now. */
  get isUnkept() {
    return this.#pending.size > 0 || [...this.#items.keys()].some((id) => !this.#kept.has(id));
  }

  /** Why a note was refused, "" when it was not. */
  refusal(id) {
    return this.#items.get(id)?.refused ?? "";
  }

  has(id) {
    return this.#items.has(id);
  }

  /** Have the state of a note kept: `annotation` null removes it; `revision` is the one that the server has (0: none). */
  async put({ id, document, version, annotation, revision }) {
    const item = this.#items.get(id) ?? { id, document, revision, flight: null, next: null };
    if (item.refused) Object.assign(item, { refused: "", flight: null });
    item.next = { version, annotation };
    this.on.state("sending", this.#items.size + 1);
    if (!item.flight && !item.revision && annotation === null) await this.#forget(id); // never sent: nothing to remove
    else await this.#keep(item);
    this.#tell(this.isAway() || this.#tries ? "" : "sending");
    if (item.theirs) this.on.conflict(item);
    this.wake();
  }

  /** After a conflict or a refusal: go on from the server's revision with what the person chose (`next` null: theirs). */
  async settle(id, revision, next) {
    const { document, by, at } = this.#items.get(id) ?? {};
    if (next) await this.#keep({ id, document, by, at, revision, flight: null, next });
    else await this.#forget(id);
    this.#tell();
    this.wake();
  }

  /** Kept when everything that was put so far lies where it should. */
  settled() {
    return Promise.allSettled([...this.#pending]);
  }

  /** Try at once. */
  wake() {
    if (this.#items.size) this.#soon(0);
  }

  async #keep(item) {
    this.#items.set(item.id, item);
    const pending = this.storage.put(item);
    this.#pending.add(pending);
    const isKept = await pending;
    this.#pending.delete(pending);
    if (isKept) this.#kept.add(item.id);
    else this.#kept.delete(item.id);
  }

  async #forget(id) {
    this.#items.delete(id);
    this.#kept.delete(id);
    await this.storage.drop(id);
  }

  #soon(pause) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#run(), pause);
  }

  #tell(what) {
    if (!this.#items.size) this.on.state("saved", 0);
    else if (what) this.on.state(what, this.#items.size);
    else this.on.state(this.isUnkept ? "unkept" : "waiting", this.#items.size);
  }

  async #run() {
    if (this.#running) return;
    if (this.isAway()) return this.#later();
    this.#running = true;
    try {
      for (const item of [...this.#items.values()]) {
        if (!this.#kept.has(item.id) && this.#items.get(item.id) === item) await this.#keep(item);
        if (isStopped(item)) continue;
        const end = await alone(() => this.#deliver(item));
        if (end !== "answered") return this.#later(end);
      }
      this.#tries = 0;
    } finally {
      this.#running = false;
    }
    if ([...this.#items.values()].some((item) => !isStopped(item))) this.#soon(0);
    else this.#tell();
  }

  #later(why) {
    this.#tell(why === "out" ? "out" : "");
    this.#soon(PAUSES[Math.min(this.#tries++, PAUSES.length - 1)]);
  }

  // "answered", whatever the answer; "out": signed out, or somebody else is in; "": to be sent again as it is
  async #deliver(item) {
    if (this.#items.get(item.id) !== item) return "answered"; // settled meanwhile
    if (this.#kept.has(item.id) && !(await this.storage.has(item.id))) {
      this.#items.delete(item.id); // another tab has sent it, or given it up
      return "answered";
    }
    if (!item.flight) {
      item.flight = { ...item.next, revision: item.revision + 1 };
      item.next = null;
      await this.#keep(item);
    }
    const { revision, version, annotation } = item.flight;
    const what = annotation === null ? { removed: true } : { annotation };
    if (!this.#tries) this.#tell("sending");
    let answer;
    try {
      answer = await this.send(this.urlOf(item), { id: item.id, revision, version, ...what, by: item.by ?? "" }, this.token());
    } catch {
      return "";
    }
    const { status, said } = answer;
    if (status === 200) {
      item.revision = revision;
      item.flight = null;
      // told and put in order at once: what is noted from here on builds on this revision
      const isLast = !item.next;
      const kept = [this.storage.sent(item.id, item.document, said.note), isLast ? this.#forget(item.id) : this.#keep(item)];
      this.on.saved(item.id, said.note, isLast, item.document);
      await Promise.all(kept);
    } else if (status === 409 && said.code === "conflict") {
      item.theirs = said.note;
      await this.#keep(item);
      this.on.conflict(item);
    } else if (answer.isAway || said.code === "other" || (status === 403 && !said.code)) {
      return "out";
    } else if (said.code || status === 404 || status === 410) {
      item.refused = said.error || GONE;
      await this.#keep(item);
      this.on.refused(item);
    } else return ""; // busy, broken: again later, with the same number
    return "answered";
  }
}
