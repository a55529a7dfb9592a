// What a tablet must not lose in a secret vote: the key of its ballot, the token, the sealed ballot until the box has
// signed for it. In IndexedDB, because a private key can lie there without being readable; never the choice itself.
// Gone when the count has been checked, when another person uses the tablet, and at sign-out (Clear-Site-Data).

const NAME = "nghi-truong-secret";
// "opinions" apart from "ballots": the ballot of a poll that runs for days outlives the votes of a sitting
const STORES = ["ballots", "tellers", "opinions"];

let opening;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 2);
    asked.onupgradeneeded = () => {
      const missing = STORES.filter((store) => !asked.result.objectStoreNames.contains(store));
      missing.forEach((store) => asked.result.createObjectStore(store, { keyPath: "id" }));
    };
    asked.onsuccess = () => {
      asked.result.onversionchange = () => asked.result.close(); // a newer page in another tab goes first
      resolve(asked.result);
    };
    asked.onerror = () => reject(asked.error);
  });
  opening.catch(() => (opening = null));
  return opening;
}

/** Do something in one transaction; the promise is kept when it lies on the disk. */
async function inside(store, mode, act) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode, { durability: "strict" });
    const asked = act(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(asked?.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

/** Whether this browser holds what signing out would destroy: a ballot not yet in the box, a teller's key. */
export async function isHolding() {
  const [ballots, keys] = await Promise.all(STORES.map((store) => inside(store, "readonly", (rows) => rows.getAll())));
  return keys.length > 0 || ballots.some((record) => record.blinded && !record.isIn);
}

export class Drawer {
  /** The drawer ("ballots", "tellers" or "opinions") of one person. */
  constructor(store, me) {
    this.store = store;
    this.me = me;
  }

  id(poll) {
    return `${this.me}:${poll}`;
  }

  async get(poll) {
    return (await inside(this.store, "readonly", (rows) => rows.get(this.id(poll)))) || null;
  }

  /** Replace a record by what `act(record or null)` makes of it, in one transaction; null leaves all as it is.
   * Two tabs of one person thus never make two keys or two ballots. */
  async change(poll, act) {
    const id = this.id(poll);
    let kept = null;
    await inside(this.store, "readwrite", (rows) => {
      const asked = rows.get(id);
      asked.onsuccess = () => {
        const made = act(asked.result || null);
        kept = made ? { ...made, id, poll } : asked.result || null;
        if (made) rows.put(kept);
      };
    });
    return kept;
  }

  async remove(poll) {
    await inside(this.store, "readwrite", (rows) => rows.delete(this.id(poll)));
  }

  /** Throw away what another person left on this tablet. */
  forgetOthers() {
    return this.clear((id) => !id.startsWith(`${this.me}:`));
  }

  /** Throw away what is left of every other vote. */
  keepOnly(poll) {
    return this.clear((id) => id !== this.id(poll));
  }

  /** Throw away what was handed out for other votes and never cast: no use any more. */
  async sweep(poll) {
    const rows = await inside(this.store, "readonly", (kept) => kept.getAll());
    const over = new Set(rows.filter((row) => row.blinded && !row.body && row.poll !== poll).map((row) => row.id));
    if (over.size) await this.clear((id) => over.has(id));
  }

  async clear(isOver) {
    const ids = (await inside(this.store, "readonly", (rows) => rows.getAllKeys())).filter(isOver);
    if (ids.length) await inside(this.store, "readwrite", (rows) => ids.map((id) => rows.delete(id)).at(-1));
  }
}
