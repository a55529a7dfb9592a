// The key of what a tablet takes along (docs/decisions/0017).
//
// A pair of keys (ECDH, P-256) is made for the tablet. To seal, the public half is enough: the papers of an
// update are kept while nobody types a PIN. To open, the private half is needed. It lies wrapped twice: with a key
// made from the delegate's PIN (PBKDF2-SHA256), and with a key of this browser that no script can read out.
// Opened, it lives in the memory of a page and of the service worker, never on the disk.
import { change, clear, get, inside, put } from "./database.js";

export const TRIES = 5; // wrong PINs, then everything is wiped
const ITERATIONS = 600_000; // half a second to two seconds on a tablet
const CURVE = { name: "ECDH", namedCurve: "P-256" };
const text = new TextEncoder();

export class WrongPin extends Error {
  constructor(left) {
    super("wrong PIN");
    this.left = left; // tries; 0: it was the last one, and nothing is left
  }
}

/** What the tablet knows of its copy without the PIN: {copy, secret, me, made}, or undefined. */
export const vault = () => get("own", "vault");

/** Make the keys of a new copy; what was here before is gone. */
export async function makeVault({ copy, secret, me, pin }) {
  const unsent = (await inside("sealed", "readonly", (rows) => rows.getAll())).filter((row) => row.house);
  await clear();
  // unsent notes that the house's key opens (waiting.js) outlive it; an older copy's key is gone
  for (const { name, house } of unsent) await put("sealed", { name, house });
  const pair = await crypto.subtle.generateKey(CURVE, true, ["deriveBits"]);
  const [publicKey, privateKey] = await Promise.all([
    crypto.subtle.exportKey("raw", pair.publicKey),
    crypto.subtle.exportKey("pkcs8", pair.privateKey),
  ]);
  const browserKey = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const salt = crypto.getRandomValues(new Uint8Array(32));
  const wrapped = await encrypt(browserKey, pack(await encrypt(await keyOf(pin, salt, ITERATIONS), privateKey)));
  const made = Date.now();
  await put("own", { copy, secret, me, made, publicKey, salt, iterations: ITERATIONS, browserKey, wrapped, tries: 0 }, "vault");
}

/** Open with the PIN: gives the private key. WrongPin tells how many tries are left; after the last one all is wiped. */
export async function unlock(pin) {
  // the try is counted before the PIN is looked at: closing the page in between gains nothing
  const kept = await change("own", "vault", (row) => row && { ...row, tries: row.tries + 1 });
  if (!kept) throw new WrongPin(0);
  if (kept.tries > TRIES) {
    await tooOften();
    throw new WrongPin(0);
  }
  try {
    const inner = unpack(await decrypt(kept.browserKey, kept.wrapped));
    const privateKey = await decrypt(await keyOf(pin, kept.salt, kept.iterations), inner);
    const key = await crypto.subtle.importKey("pkcs8", privateKey, CURVE, false, ["deriveBits"]);
    await change("own", "vault", (row) => row && { ...row, tries: 0 });
    return key;
  } catch (fault) {
    if (!(fault instanceof DOMException) || fault.name !== "OperationError") throw fault;
    const left = TRIES - kept.tries;
    if (left <= 0) await tooOften();
    throw new WrongPin(Math.max(0, left));
  }
}

/** Let another PIN open the copy, and the old one no more. False when the old one does not open it, or there is none.
 *
 * No try is counted: the house has just looked at the old PIN. */
export async function rewrap(old, pin) {
  const kept = await vault();
  if (!kept) return false;
  let privateKey;
  try {
    const inner = unpack(await decrypt(kept.browserKey, kept.wrapped));
    privateKey = await decrypt(await keyOf(old, kept.salt, kept.iterations), inner);
  } catch (fault) {
    if (fault instanceof DOMException && fault.name === "OperationError") return false;
    throw fault;
  }
  const salt = crypto.getRandomValues(new Uint8Array(32));
  const wrapped = await encrypt(kept.browserKey, pack(await encrypt(await keyOf(pin, salt, ITERATIONS), privateKey)));
  const now = await change("own", "vault", (row) =>
    row?.copy === kept.copy ? { ...row, salt, iterations: ITERATIONS, wrapped, tries: 0 } : undefined,
  );
  return now !== undefined;
}

async function tooOften() {
  await clear();
  await put("own", { why: "tries", at: Date.now() }, "wiped");
}

async function keyOf(pin, salt, iterations) {
  const typed = await crypto.subtle.importKey("raw", text.encode(pin), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return crypto.subtle.deriveKey(how, typed, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

async function encrypt(key, bytes, context = "") {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: text.encode(context) }, key, bytes) };
}

function decrypt(key, { iv, data }, context = "") {
  return crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: text.encode(context) }, key, data);
}

function pack({ iv, data }) {
  const bytes = new Uint8Array(12 + data.byteLength);
  bytes.set(iv);
  bytes.set(new Uint8Array(data), 12);
  return bytes;
}

const unpack = (bytes) => ({ iv: bytes.slice(0, 12), data: bytes.slice(12) });

async function keyBetween(privateKey, publicKey, salt) {
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: publicKey }, privateKey, 256);
  const secret = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt, info: text.encode("nghi-truong pack 1") };
  return crypto.subtle.deriveKey(how, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** Seals for the tablet's own key, without the PIN. One for each page that seals; its public half is kept. */
export class Sealer {
  static async make() {
    const kept = await vault();
    if (!kept) throw new Error("no vault");
    const ours = await crypto.subtle.importKey("raw", kept.publicKey, CURVE, false, []);
    const pair = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
    const sealer = new Sealer();
    sealer.copy = kept.copy;
    sealer.run = crypto.getRandomValues(new Uint32Array(4)).join("-");
    sealer.half = await crypto.subtle.exportKey("raw", pair.publicKey);
    sealer.key = await keyBetween(pair.privateKey, ours, sealer.half);
    await put("runs", { id: sealer.run, half: sealer.half });
    return sealer;
  }

  /** {run, iv, data}: opened only with the same `context`, so that no record can stand in another's place. */
  async seal(bytes, context) {
    return { run: this.run, ...(await encrypt(this.key, bytes, context)) };
  }

  sealJson(value, context) {
    return this.seal(text.encode(JSON.stringify(value)), context);
  }
}

/** Opens what was sealed, with the private key that `unlock` gave. */
export class Opener {
  constructor(privateKey) {
    this.privateKey = privateKey;
    this.keys = new Map();
  }

  keyOfRun(run) {
    if (!this.keys.has(run)) {
      const key = inside("runs", "readonly", (rows) => rows.get(run)).then(async ({ half }) =>
        keyBetween(this.privateKey, await crypto.subtle.importKey("raw", half, CURVE, false, []), half),
      );
      this.keys.set(run, key);
    }
    return this.keys.get(run);
  }

  async open(record, context) {
    return decrypt(await this.keyOfRun(record.run), record, context);
  }

  async openJson(record, context) {
    return JSON.parse(new TextDecoder().decode(await this.open(record, context)));
  }
}
