// Whether the house can be reached again, and what is done then: ask whether the copy may stay, bring it up to date.
import { askServer, sessionsHere } from "./contact.js";
import { takeAlong } from "./take.js";

const LOOK_EVERY = 10_000;

/** Call `act("away" | "back" | "gone")` whenever it changes; "gone": the copy had to be wiped. */
export function watchHouse(act) {
  let state = "away";
  const say = (next) => {
    if (next !== state) act((state = next));
  };
  const look = async () => {
    if (document.visibilityState !== "visible") return;
    const answer = await fetch("/healthz", { cache: "no-store", credentials: "omit", signal: AbortSignal.timeout?.(5000) }).catch(() => null);
    if (!answer?.ok) return say("away");
    if (state === "back") return;
    say((await askServer()) === "gone" ? "gone" : "back");
  };
  addEventListener("online", look);
  addEventListener("offline", () => say("away"));
  document.addEventListener("visibilitychange", look);
  setInterval(look, LOOK_EVERY);
  look();
}

/** Bring every session of the tablet up to date; gives the reasons why one did not get there. */
export async function updateAll() {
  const reasons = [];
  for (const { url } of await sessionsHere()) {
    try {
      await takeAlong(url);
    } catch (fault) {
      reasons.push(fault);
    }
  }
  return reasons;
}
