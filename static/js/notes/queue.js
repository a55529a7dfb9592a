// What was noted and not yet kept by the server. Each note goes alone and in order; what is under way is sent again
// with the same number and the same content until it is answered, so that it is kept once.

const PAUSES = [1500, 3000, 6000, 12000, 30000];

/**
 * Where unsent notes lie meanwhile: `load()` gives what `save(items)` was given last. This one lasts as long as the
 * tab; the offline pack brings its own, sealed one.
 */
export const tabStorage = (key) => ({
  async load() {
    try {
      return JSON.parse(sessionStorage.getItem(key) ?? "[]");
    } catch {
      return [];
    }
  },
  async save(items) {
    try {
      if (items.length) sessionStorage.setItem(key, JSON.stringify(items));
      else sessionStorage.removeItem(key);
    } catch {
      // a full or closed storage: the notes stay in memory, and leaving the page warns
    }
  },
});

/** POST as JSON; rejects when there is no network. */
async function post(url, body, token) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
    body: JSON.stringify(body),
    redirect: "manual",
  });
  const isJson = answer.headers.get("Content-Type")?.includes("json");
  return { status: answer.status, said: isJson ? await answer.json() : {} };
}

export class NoteQueue {
  #items = new Map();
  #tries = 0;
  #timer;
  #running = false;

  /** `on` has saved(id, note), conflict(id, mine, theirs), refused(id, words), state("saved" | "waiting" | "sending", n). */
  constructor({ url, token, storage, on, send = post }) {
    Object.assign(this, { url, token, storage, on, send });
    addEventListener("online", () => this.#soon(0));
    document.addEventListener("visibilitychange", () => document.hidden || this.#soon(0));
    addEventListener("beforeunload", (e) => this.#items.size && e.preventDefault());
  }

  /** Take up what an earlier page left; gives it as [{id, version, annotation, revision}]. */
  async resume() {
    for (const item of await this.storage.load()) this.#items.set(item.id, item);
    if (this.#items.size) this.#soon(0);
    return [...this.#items.values()].map(({ id, revision, next, flight }) => ({ id, revision, ...(next ?? flight) }));
  }

  get size() {
    return this.#items.size;
  }

  has(id) {
    return this.#items.has(id);
  }

  /** Have the state of a note kept: `annotation` null removes it; `revision` is the one that the server has (0: none). */
  async put({ id, version, annotation, revision }) {
    this.on.state("sending", this.#items.size + 1);
    const item = this.#items.get(id) ?? { id, revision, flight: null, next: null };
    item.next = { version, annotation };
    if (!item.flight && !item.revision && annotation === null) this.#items.delete(id); // never sent: nothing to remove
    else this.#items.set(id, item);
    await this.#keep();
    this.#soon(0);
  }

  /** After a conflict: go on from the server's revision with what the person chose (`next` null: theirs). */
  async settle(id, revision, next) {
    if (next) this.#items.set(id, { id, revision, flight: null, next });
    else this.#items.delete(id);
    await this.#keep();
    this.#soon(0);
  }

  #keep() {
    return this.storage.save([...this.#items.values()]);
  }

  #soon(pause) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#run(), pause);
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    try {
      for (const item of [...this.#items.values()]) {
        if (item.paused) continue;
        if (!(await this.#deliver(item))) return this.#later();
      }
      this.#tries = 0;
    } finally {
      this.#running = false;
    }
    const left = [...this.#items.values()].filter((item) => !item.paused).length;
    if (left) this.#soon(0);
    else this.on.state(this.#items.size ? "waiting" : "saved", this.#items.size);
  }

  #later() {
    this.on.state("waiting", this.#items.size);
    this.#soon(PAUSES[Math.min(this.#tries++, PAUSES.length - 1)]);
  }

  // true: answered, whatever the answer; false: to be sent again
  async #deliver(item) {
    if (!item.flight) {
      item.flight = { ...item.next, revision: item.revision + 1 };
      item.next = null;
      await this.#keep();
    }
    const { revision, version, annotation } = item.flight;
    const what = annotation === null ? { removed: true } : { annotation };
    this.on.state("sending", this.#items.size);
    let answer;
    try {
      answer = await this.send(this.url, { id: item.id, revision, version, ...what }, this.token);
    } catch {
      return false;
    }
    if (answer.status === 200) {
      item.revision = revision;
      item.flight = null;
      if (!item.next) this.#items.delete(item.id);
      await this.#keep();
      this.on.saved(item.id, answer.said.note, !item.next);
      return true;
    }
    if (answer.status === 409 && answer.said.code === "conflict") {
      item.paused = true;
      await this.#keep();
      this.on.conflict(item.id, item.next ?? item.flight, answer.said.note);
      return true;
    }
    if (answer.said.code) {
      this.#items.delete(item.id);
      await this.#keep();
      this.on.refused(item.id, answer.said.error);
      return true;
    }
    return false; // signed out, busy, broken: again later, with the same number
  }
}
