// The big screen: shows what the room says, and only speaks of the connection when it is lost.
import { liveRoom } from "./live.js";

const room = liveRoom();
const off = document.querySelector(".w-off");
let timer;

room?.addEventListener("connection", (e) => {
  clearTimeout(timer);
  if (e.detail === "on") off.hidden = true;
  else timer = setTimeout(() => (off.hidden = false), 5000); // a short gap is nobody's business in the hall
});

// no screen saver in the middle of a sitting
async function stayAwake() {
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // the computer's own setting decides
  }
}
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && stayAwake());
stayAwake();
