// The opened key on its way from one page of the copy to the next: the service worker holds it in memory.
import { askWorker, worker } from "./held.js";
import { unlock, vault } from "./vault.js";

const IDLE = 15 * 60 * 1000; // ms without a touch, then the copy is locked
const HOLD_EVERY = 15_000; // a worker that hears from a page is not ended

let key = null;
let beating;

/** The key that an earlier page of this tablet opened, or null; kept while pages of the copy are shown. */
export async function heldKey() {
  const found = await askWorker();
  if (found) await hold(found);
  return found;
}

/** Open with the PIN and keep the key while pages of the copy are shown. */
export async function openWith(pin) {
  const opened = await unlock(pin);
  await hold(opened);
  return opened;
}

async function hold(opened) {
  key = opened;
  const { copy } = (await vault()) || {};
  const tell = () => key && worker()?.postMessage({ type: "hold", key, copy });
  tell();
  clearInterval(beating);
  beating = setInterval(() => document.visibilityState === "visible" && tell(), HOLD_EVERY);
  addEventListener("pagehide", tell);
}

// What one tab locks or wipes, all tabs take off their screens.
const tabs = new BroadcastChannel("nghi-truong-pack");
tabs.addEventListener("message", () => {
  forget();
  location.reload();
});

function forget() {
  key = null;
  clearInterval(beating);
  worker()?.postMessage({ type: "drop" });
}

/** Forget the key, here, in the worker and in every other tab. */
export function lock() {
  forget();
  tabs.postMessage("locked");
}

/** Call `act` when nobody has touched the tablet for a while. */
export function whenIdle(act) {
  let timer;
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(act, IDLE);
  };
  for (const sign of ["pointerdown", "keydown", "scroll"]) addEventListener(sign, again, { passive: true, capture: true });
  again();
}
