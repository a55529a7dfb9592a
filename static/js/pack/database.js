// What a tablet keeps to read without a network, in IndexedDB. Papers, manifests and notes lie here sealed
// (vault.js); in clear lie only digests, sizes, counts and times.

const NAME = "nghi-truong-pack";
const STORES = {
  own: null, // "vault": how the key is wrapped; "contact": when the server was last heard
  sessions: { keyPath: "id" }, // one for each session that was taken along
  files: { keyPath: "sha256" }, // how many pieces of a file are here
  pieces: null, // [sha256, number] -> sealed
  runs: { keyPath: "id" }, // public halves of the keys that pieces were sealed with
  sealed: { keyPath: "name" }, // manifests, what is one's own
};

let opening;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      for (const [store, how] of Object.entries(STORES)) asked.result.createObjectStore(store, how || undefined);
    };
    asked.onsuccess = () => {
      asked.result.onversionchange = () => asked.result.close(); // a newer page in another tab goes first
      asked.result.onclose = () => (opening = null);
      resolve(asked.result);
    };
    asked.onerror = () => reject(asked.error);
  });
  opening.catch(() => (opening = null));
  return opening;
}

/** Do something in one transaction over `stores`; the promise is kept when it lies on the disk. `act` gets the
 * stores in their order; of what it gives back (a request, or nothing) the promise holds the result. */
export async function inside(stores, mode, act) {
  const names = [].concat(stores);
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(names, mode, { durability: mode === "readwrite" ? "strict" : "default" });
    const asked = act(...names.map((name) => transaction.objectStore(name)));
    transaction.oncomplete = () => resolve(asked?.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

export const get = (store, key) => inside(store, "readonly", (rows) => rows.get(key));
export const all = (store) => inside(store, "readonly", (rows) => rows.getAll());
export const put = (store, value, key) => inside(store, "readwrite", (rows) => rows.put(value, key));
export const remove = (store, key) => inside(store, "readwrite", (rows) => rows.delete(key));

/** Replace a row by what `act(row or undefined)` makes of it, in one transaction: two tabs never undo each other. */
export async function change(store, key, act) {
  let made;
  await inside(store, "readwrite", (rows) => {
    const asked = rows.get(key);
    asked.onsuccess = () => {
      made = act(asked.result);
      if (made !== undefined) rows.keyPath ? rows.put(made) : rows.put(made, key);
    };
  });
  return made;
}

/** Throw everything away: first, in a transaction of its own, what the key was wrapped in; the rest is noise then. */
export async function clear() {
  await inside("own", "readwrite", (rows) => rows.clear());
  await inside(Object.keys(STORES), "readwrite", (...stores) => stores.map((rows) => rows.clear()).at(-1));
}

/** Keep only the files of these digests. */
export async function keepFiles(digests) {
  const known = await inside("files", "readonly", (rows) => rows.getAllKeys());
  const gone = known.filter((digest) => !digests.has(digest));
  for (const digest of gone) {
    await inside(["files", "pieces"], "readwrite", (files, pieces) => {
      files.delete(digest);
      pieces.delete(IDBKeyRange.bound([digest], [digest, []]));
    });
  }
  return gone.length;
}
