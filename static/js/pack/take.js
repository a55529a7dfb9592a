// Taking a session along: the manifest, then what is missing of its files, piece by piece, each checked against its
// digest before it is kept. It may be cut off anywhere: the next time goes on with the next piece.
import { noteContact, serverTime, wipe } from "./contact.js";
import { change, get, inside, keepFiles, put, remove } from "./database.js";
import { Sealer, vault } from "./vault.js";
import { forgetSent } from "./waiting.js";

const AT_ONCE = 2; // files under way
const SPARE = 20e6; // bytes left free on the tablet

/** Why taking stopped, as a word that card.js has a sentence for: "network", "signed-out", "over", "full", "room",
 * "busy" (another tab does it), "damaged", "server". */
export class Stopped extends Error {
  constructor(why, more = {}) {
    super(why);
    Object.assign(this, { why, ...more });
  }
}

const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
export const digestOf = async (bytes) => hex(await crypto.subtle.digest("SHA-256", bytes));

/** The files of a manifest, each digest once, in the order of the agenda; `papers`: whose they are. */
export function filesOf(manifest) {
  const files = new Map();
  for (const [paper, { files: lines }] of Object.entries(manifest.papers)) {
    for (const line of lines) {
      const file = files.get(line.sha256) || { ...line, papers: [] };
      file.papers.push(paper);
      files.set(line.sha256, file);
    }
  }
  return [...files.values()];
}

export const sizeOf = (files) => files.reduce((sum, file) => sum + file.size, 0);

/** Only one tab takes at a time; a second one is told. */
async function alone(act) {
  if (!navigator.locks) return act();
  return navigator.locks.request("nghi-truong-pack", { ifAvailable: true }, (lock) => {
    if (!lock) throw new Stopped("busy");
    return act();
  });
}

/** Bring the copy of a session up to date. `tell({files, filesDone, bytes, bytesDone})` hears how far it is.
 * Gives the session's record; Stopped says why it went no further. */
export function takeAlong(url, tell = () => {}, signal = undefined) {
  return alone(async () => {
    for (let more = 3; ; more--) {
      try {
        return await bringUpToDate(url, tell, signal);
      } catch (fault) {
        // the manifest is old: a paper was withdrawn or replaced meanwhile, or its tickets have run out
        if (!(fault instanceof Stopped) || fault.why !== "changed" || !more) throw fault;
      }
    }
  });
}

async function bringUpToDate(url, tell, signal) {
  const began = Date.now();
  const manifest = await fetchManifest(url, signal);
  if (manifest === null) {
    await forgetSession(url);
    throw new Stopped("over");
  }
  const id = manifest.session.id;
  const files = filesOf(manifest);
  const record = await noteManifest(url, manifest, files);
  await makeRoom(files);
  const sealer = await Sealer.make();
  const here = await countHere(files);
  const progress = { files: files.length, filesDone: 0, bytes: sizeOf(files), bytesDone: 0 };
  for (const file of files) {
    const have = here.get(file.sha256) || 0;
    progress.bytesDone += Math.min(have * manifest.piece, file.size);
    if (have >= file.pieces.length) progress.filesDone += 1;
  }
  tell(progress);
  const missing = files.filter((file) => (here.get(file.sha256) || 0) < file.pieces.length);
  const faults = [];
  const one = async () => {
    for (let file = missing.shift(); file; file = missing.shift()) {
      try {
        await fetchFile(file, manifest.piece, sealer, signal, (bytes) => tell({ ...progress, bytesDone: (progress.bytesDone += bytes) }));
        progress.filesDone += 1;
        tell(progress);
      } catch (fault) {
        if (!(fault instanceof Stopped) || fault.why !== "damaged") {
          missing.length = 0;
          throw fault;
        }
        faults.push(file);
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, one));
  const broken = ends.find((end) => end.status === "rejected");
  if (broken) throw broken.reason;
  if (faults.length) throw new Stopped("damaged", { count: faults.length });
  const done = await finish(id, record, manifest);
  await forgetSent(began);
  return done;
}

async function fetchManifest(url, signal) {
  let answer;
  try {
    answer = await fetch(url, { headers: { Accept: "application/json" }, cache: "no-store", redirect: "manual", signal });
  } catch (fault) {
    throw new Stopped("network", { cause: fault });
  }
  if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) throw new Stopped("signed-out");
  if (answer.status === 404 || answer.status === 410) return null;
  if (!answer.ok) throw new Stopped("server");
  return answer.json();
}

/** Keep the manifest (sealed), and drop at once what this reader may read no longer. The files that an earlier
 * manifest had of the same papers stay until the newer ones are here. */
async function noteManifest(url, manifest, files) {
  const sealer = await Sealer.make();
  const id = manifest.session.id;
  const waiting = Object.values(manifest.papers).filter((paper) => !paper.files.length).length;
  const coming = { name: `coming:${id}`, ...(await sealer.sealJson(manifest, `coming:${id}`)) };
  const line = ({ sha256, size, papers, pieces }) => ({ sha256, size, papers, count: pieces.length });
  const papers = new Set(Object.keys(manifest.papers));
  let record;
  await inside(["sessions", "sealed"], "readwrite", (sessions, sealed) => {
    sealed.put(coming);
    const asked = sessions.get(id);
    asked.onsuccess = () => {
      const before = (asked.result?.files || []).filter((file) => file.papers.some((paper) => papers.has(paper)));
      record = {
        id, url, waiting, coming: files.map(line), files: before, total: sizeOf(files), count: papers.size,
        readyAt: asked.result?.readyAt || null, begun: asked.result?.begun || Date.now(),
      };
      sessions.put(record);
    };
  });
  await sweep();
  return record;
}

/** Drop every file that no session of the tablet names. */
async function sweep() {
  const sessions = await inside("sessions", "readonly", (rows) => rows.getAll());
  const wanted = sessions.flatMap((session) => [...session.files, ...session.coming]).map((file) => file.sha256);
  await keepFiles(new Set(wanted));
}

async function finish(id, record, manifest) {
  const contact = await get("own", "contact");
  const sealer = await Sealer.make();
  const whole = { name: `manifest:${id}`, ...(await sealer.sealJson(manifest, `manifest:${id}`)) };
  const done = { ...record, files: record.coming, readyAt: serverTime(contact).getTime(), isReady: !record.waiting };
  await inside(["sessions", "sealed"], "readwrite", (sessions, sealed) => {
    sealed.put(whole);
    sessions.put(done);
  });
  await sweep();
  return done;
}

/** Take a session off the tablet. */
export async function forgetSession(url) {
  const sessions = await inside("sessions", "readonly", (rows) => rows.getAll());
  for (const { id } of sessions.filter((session) => session.url === url)) {
    await remove("sessions", id);
    for (const name of [`manifest:${id}`, `coming:${id}`, `notes:${id}`]) await remove("sealed", name);
  }
  await sweep();
}

/** Refuse before the first byte what would not fit. */
async function makeRoom(files) {
  const here = await countHere(files);
  const missing = files.filter((file) => (here.get(file.sha256) || 0) < file.pieces.length);
  await navigator.storage?.persist?.().catch(() => false);
  const { quota, usage } = (await navigator.storage?.estimate?.().catch(() => ({}))) || {};
  const needed = sizeOf(missing);
  if (needed && quota !== undefined && quota - usage < needed + Math.min(SPARE, needed)) {
    throw new Stopped("room", { needed, free: Math.max(0, quota - usage) });
  }
}

async function countHere(files) {
  const rows = await inside("files", "readonly", (kept) => kept.getAll());
  const known = new Map(rows.map((row) => [row.sha256, row.have]));
  return new Map(files.map((file) => [file.sha256, known.get(file.sha256) || 0]));
}

/** Fetch what is missing of one file; a piece whose digest is wrong is fetched once more, then given up. */
async function fetchFile(file, piece, sealer, signal, tell) {
  for (let tries = 0; ; tries++) {
    try {
      return await fetchRest(file, piece, sealer, signal, tell);
    } catch (fault) {
      if (!(fault instanceof Stopped) || fault.why !== "damaged" || tries) throw fault;
    }
  }
}

async function fetchRest(file, piece, sealer, signal, tell) {
  const row = await get("files", file.sha256);
  let number = row?.have || 0;
  if (number >= file.pieces.length) return;
  const headers = number ? { Range: `bytes=${number * piece}-`, "If-Range": `"${file.sha256}"` } : {};
  let answer;
  try {
    answer = await fetch(file.url, { headers, cache: "no-store", redirect: "manual", signal });
  } catch (fault) {
    throw new Stopped("network", { cause: fault });
  }
  if (answer.type === "opaqueredirect" || answer.status === 401) throw new Stopped("signed-out");
  if (answer.status === 404 || answer.status === 403) throw new Stopped("changed"); // the manifest is out of date
  if (!answer.ok) throw new Stopped("server");
  if (answer.status !== 206) number = 0; // the whole file all the same
  const whole = new Pieces(piece);
  const reader = answer.body.getReader();
  const keep = async (bytes) => {
    if (number >= file.pieces.length || (await digestOf(bytes)) !== file.pieces[number]) {
      await reader.cancel().catch(() => {});
      throw new Stopped("damaged", { file: file.sha256, piece: number });
    }
    await keepPiece(file, number, await sealer.seal(bytes, `${file.sha256}:${number}`), sealer.copy);
    number += 1;
    tell(bytes.byteLength);
  };
  for (;;) {
    let step;
    try {
      step = await reader.read();
    } catch (fault) {
      throw new Stopped("network", { cause: fault });
    }
    if (step.done) break;
    for (const bytes of whole.add(step.value)) await keep(bytes);
  }
  const rest = whole.rest();
  if (number < file.pieces.length && (rest.byteLength || file.size === 0)) {
    if (number < file.pieces.length - 1 || rest.byteLength !== file.size - number * piece) throw new Stopped("network");
    await keep(rest);
  }
  if (number < file.pieces.length) throw new Stopped("network"); // the line was cut
}

/** Piece and count go in together, and only into the copy that the page has begun with. */
async function keepPiece(file, number, sealed, copy) {
  let isOurs = true;
  try {
    await inside(["own", "files", "pieces"], "readwrite", (own, files, pieces) => {
      const asked = own.get("vault");
      asked.onsuccess = () => {
        isOurs = asked.result?.copy === copy;
        if (!isOurs) return;
        files.put({ sha256: file.sha256, size: file.size, count: file.pieces.length, have: number + 1 });
        pieces.put(sealed, [file.sha256, number]);
      };
    });
  } catch (fault) {
    if (fault?.name === "QuotaExceededError") throw new Stopped("full");
    throw fault;
  }
  if (!isOurs) throw new Stopped("over"); // wiped in another tab meanwhile
}

/** Cuts a stream into pieces of one size. */
class Pieces {
  constructor(size) {
    this.size = size;
    this.buffer = new Uint8Array(size);
    this.filled = 0;
  }

  *add(bytes) {
    for (let from = 0; from < bytes.byteLength; ) {
      const some = bytes.subarray(from, from + this.size - this.filled);
      this.buffer.set(some, this.filled);
      this.filled += some.byteLength;
      from += some.byteLength;
      if (this.filled === this.size) {
        yield this.buffer;
        this.filled = 0;
      }
    }
  }

  rest() {
    return this.buffer.subarray(0, this.filled);
  }
}

/** A stored file that does not open or has the wrong digest: forgotten from its first broken piece on, so that the
 * next update fetches it again. */
export async function markBroken(sha256, number = 0) {
  await change("files", sha256, (row) => row && { ...row, have: Math.min(row.have, number) });
  const sessions = await inside("sessions", "readonly", (rows) => rows.getAll());
  for (const session of sessions) {
    if (session.files.some((file) => file.sha256 === sha256)) await put("sessions", { ...session, isReady: false });
  }
}

/** Begin a copy on this tablet with the delegate's PIN: {ok} or {words} of the server's refusal. */
export async function beginCopy({ url, pin, again, me, csrf }) {
  const { makeVault } = await import("./vault.js");
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf },
    body: JSON.stringify({ pin, again }),
    cache: "no-store",
    redirect: "manual",
  });
  if (answer.type === "opaqueredirect" || answer.status === 401) throw new Stopped("signed-out");
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) return { words: said.error || "" };
  await makeVault({ copy: said.copy, secret: said.secret, me, pin });
  await noteContact(said);
  return { ok: true };
}

export { vault, wipe };
