// Whether this tablet may still keep its copy: the server says so at each contact, the days that the council sets
// say so in between.
import { all, change, clear, get, put } from "./database.js";
import { vault } from "./vault.js";

export const DAY = 24 * 3600 * 1000;

/** How long (ms) the copy may still be kept without contact, by the tablet's clock `now`; at most 0: wipe it.
 *
 * Only differences of the tablet's own clock count, so one that is wrong by any amount is as good as a right one.
 * One that is *changed* in between gains nothing backwards (the latest time seen counts), and a day forwards takes
 * nothing away: there is a day of margin over the council's number. */
export function timeLeft({ local, latest, days }, now) {
  return (days + 1) * DAY - (Math.max(latest, now) - local);
}

/** Note that the server was heard: its time now (ISO) and the council's days. */
export function noteContact({ now, days }) {
  const local = Date.now();
  return put("own", { server: Date.parse(now), local, latest: local, days }, "contact");
}

/** The server's time, as well as the tablet can tell. */
export function serverTime(contact) {
  return new Date(contact ? contact.server + (Date.now() - contact.local) : Date.now());
}

/** Wipe the copy when its time is over. True when there is (now) none. */
export async function wipeWhenOver() {
  const contact = await change("own", "contact", (row) => row && { ...row, latest: Math.max(row.latest, Date.now()) });
  if (!(await vault())) return true;
  if (contact && timeLeft(contact, Date.now()) > 0) return false;
  await wipe("old");
  return true;
}

/** Ask the server whether the copy may stay. "kept", "gone" (it is wiped now), "away" (no answer), "none". */
export async function askServer() {
  const kept = await vault();
  if (!kept) return "none";
  const answer = await post("/ngoai-tuyen/con-giu", { secret: kept.secret }).catch(() => null);
  if (!answer) return "away";
  if (answer.status === 410) {
    await wipe("revoked");
    return "gone";
  }
  if (!answer.ok) return "away";
  await noteContact(await answer.json());
  return "kept";
}

/** Wipe everything; `why` ("own", "revoked", "old", "tries", "pin") is told on the next page of the copy. */
export async function wipe(why) {
  const kept = await vault();
  await clear();
  await put("own", { why, at: Date.now() }, "wiped");
  navigator.serviceWorker?.controller?.postMessage({ type: "drop" });
  new BroadcastChannel("nghi-truong-pack").postMessage("wiped"); // other tabs take it off their screens
  if (kept && why !== "revoked") post("/ngoai-tuyen/da-xoa", { secret: kept.secret }).catch(() => {});
}

export const wiped = () => get("own", "wiped");
export const sessionsHere = () => all("sessions");

function post(url, body) {
  return fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
    credentials: "omit",
    cache: "no-store",
    signal: AbortSignal.timeout?.(10_000),
  });
}
