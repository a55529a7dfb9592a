// Notes that the house does not have yet, on this tablet: each a record of its own, sealed, never in clear (security 13).
//
// A record is sealed for the tablet's copy where there is one (opened with the PIN), and under the key that the house gives
// to its author while signed in (opened on any page of the house). Either opens it; neither is kept on the tablet.
import { get, inside, put, remove } from "./database.js";
import { QUEUED } from "./unsent.js";
import { Opener, Sealer, vault } from "./vault.js";

const SENT = "sent:"; // what the house has kept since the copy's manifest was made
const text = new TextEncoder();

const canSeal = () => Boolean(globalThis.indexedDB && globalThis.crypto?.subtle);

/** The house's key (base64) as a key that no script can read out again; null where a page cannot seal. */
export async function houseKey(seal) {
  if (!seal || !canSeal()) return null;
  const bytes = Uint8Array.from(atob(seal), (one) => one.charCodeAt(0));
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

const PATIENCE = 1500; // ms that a note waits for the house's key before it is sealed without
const soon = (promise) => Promise.race([promise, new Promise((done) => setTimeout(done, PATIENCE))]);

/** One person's unsent notes: of one paper (`document`), or of all. */
export class Waiting {
  #orders = Promise.resolve();
  #sealer;

  /**
   * `me` is the mark of the person (data-me); `house` a promise of {key} that the house gave, or of null; `key()` gives the
   * copy's own key once the PIN has opened it, else null.
   */
  constructor({ document = "", me, house = Promise.resolve(null), key = async () => null }) {
    Object.assign(this, { document, me, house, key, locked: 0 });
  }

  /** The notes that can be opened, in the order in which they were first written; `locked` counts those that want the PIN. */
  async load() {
    if (!canSeal()) return [];
    const [house, key] = await Promise.all([this.house.catch(() => null), this.key().catch(() => null)]);
    const opener = key && new Opener(key);
    const rows = (await inside("sealed", "readonly", (kept) => kept.getAll())).filter(({ name }) => name.startsWith(QUEUED));
    const opened = await Promise.all(rows.map((row) => this.#open(row, house?.key, opener)));
    const kept = await vault();
    this.locked = kept?.me === this.me ? rows.filter((row, at) => row.run && !opened[at]).length : 0; // the PIN opens them
    const mine = opened.filter((item) => item && (!this.document || item.document === this.document) && item.by === this.me);
    return mine.sort((a, b) => a.at - b.at);
  }

  async #open(row, key, opener) {
    try {
      if (row.house && key) {
        const how = { name: "AES-GCM", iv: row.house.iv, additionalData: text.encode(row.name) };
        return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(how, key, row.house.data)));
      }
      if (row.run && opener) return await opener.openJson(row, row.name);
    } catch {
      // sealed for somebody else, or for a copy that is gone
    }
    return null;
  }

  /** Keep the state of a note. True: it lies sealed on the disk; false: this page cannot, it is in memory only. */
  put(item) {
    return this.#inOrder(async () => {
      if (!canSeal()) return false;
      const name = `${QUEUED}${item.id}`;
      const house = await soon(this.house);
      Object.assign(item, { by: this.me, at: item.at || Date.now() });
      const record = { name, ...(await this.#sealed(item, name)) };
      if (house?.key) {
        const how = { name: "AES-GCM", iv: crypto.getRandomValues(new Uint8Array(12)), additionalData: text.encode(name) };
        record.house = { iv: how.iv, data: await crypto.subtle.encrypt(how, house.key, text.encode(JSON.stringify(item))) };
      }
      if (!record.run && !record.house) return false;
      await put("sealed", record);
      return true;
    }).catch(() => false); // a full or closed storage
  }

  // for the copy of the same person only: another's PIN must not open it
  async #sealed(value, name) {
    const kept = await vault();
    if (!kept || kept.me !== this.me) return {};
    if (this.#sealer?.copy !== kept.copy) this.#sealer = await Sealer.make();
    return this.#sealer.sealJson(value, name);
  }

  drop(id) {
    return this.#inOrder(() => remove("sealed", `${QUEUED}${id}`)).catch(() => {});
  }

  async has(id) {
    return Boolean(await get("sealed", `${QUEUED}${id}`).catch(() => undefined));
  }

  /** The house has kept a note (its annotation): the copy shows it so until its manifest says the same. */
  sent(id, document, note) {
    return this.#inOrder(async () => {
      const name = `${SENT}${id}`;
      const sealed = canSeal() ? await this.#sealed({ document, note }, name) : {};
      if (sealed.run) await put("sealed", { name, at: Date.now(), ...sealed });
    }).catch(() => {});
  }

  #inOrder(act) {
    this.#orders = this.#orders.catch(() => {}).then(act);
    return this.#orders;
  }
}

/** A paper's notes in the copy: those of the manifest, and over them what the house has kept since. */
export async function notesOf(copy, document, version, annotations) {
  const notes = new Map(annotations.map((note) => [note.id, note]));
  const names = (await inside("sealed", "readonly", (rows) => rows.getAllKeys())).filter((name) => name.startsWith(SENT));
  for (const name of names) {
    const kept = await copy.json(name).catch(() => null);
    const isHere = kept?.document === document && (kept.note["nt:removed"] || kept.note.target?.["nt:version"] === version);
    if (!isHere || (notes.get(kept.note.id)?.["nt:revision"] ?? 0) >= kept.note["nt:revision"]) continue;
    notes.set(kept.note.id, kept.note);
  }
  return [...notes.values()].filter((note) => !note["nt:removed"]);
}

/** Forget what was kept over a manifest that is older than this one, asked for at `began` (ms). */
export function forgetSent(began) {
  return inside("sealed", "readwrite", (rows) => {
    const asked = rows.getAll();
    asked.onsuccess = () => {
      for (const { name, at } of asked.result) if (name.startsWith(SENT) && at < began) rows.delete(name);
    };
  });
}
