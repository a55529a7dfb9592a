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

// A list longer than the screen is turned page by page, whole lines at a time.
setInterval(() => {
  const box = document.querySelector("[data-pages]");
  if (!box || box.scrollHeight <= box.clientHeight + 1) return;
  if (box.scrollTop + box.clientHeight >= box.scrollHeight - 1) return box.scrollTo(0, 0);
  const head = box.querySelector("thead")?.offsetHeight || 0;
  const lines = [...box.querySelectorAll("tbody tr, li")];
  const end = box.getBoundingClientRect().bottom;
  const next = lines.find((line) => line.getBoundingClientRect().bottom > end + 1);
  const step = next.getBoundingClientRect().top - box.getBoundingClientRect().top - head;
  box.scrollBy(0, step > 0 ? step : box.clientHeight - head); // a line higher than the screen is turned in parts
}, 8000);
