// The reader of papers. Others hang on the event "reader:ready", whose detail is the paper's Pane (pane.js), and on
// "reader:second" and "reader:closed" for a paper laid beside it.
import { bindKeys } from "./keys.js";
import { offerListening } from "./listen.js";
import { bindNight } from "./night.js";
import { Pane } from "./pane.js";
import { bindTwo } from "./two.js";

const TAB = "reader-panel"; // which tab of the side panel stands open, on this device, until the browser closes
const DOCKED = "(min-width: 1180px)";

let two = { second: null };
const reader = new Pane(document.querySelector("[data-pane]"), { kept: (pane) => two.kept?.(pane) });
let active = reader;
const activate = (pane) => {
  if (pane === active) return;
  active = pane;
  two.share?.();
};
for (const event of ["pointerdown", "focusin", "wheel"]) {
  document.addEventListener(event, (e) => {
    const root = e.target instanceof Element && e.target.closest("[data-pane]");
    if (root) activate(root === two.second?.root ? two.second : reader);
  }, { passive: true });
}
bindNight();
offerListening(reader);
two = bindTwo(reader, () => active, activate);
const help = document.getElementById("phim-tat");
bindKeys(() => active, {
  2: () => document.querySelector("[data-two]").click(),
  l: () => reader.acts.listen?.(),
  "?": () => help.showModal(),
});

function keepPanel() {
  let kept = "pages";
  try {
    kept = sessionStorage.getItem(TAB) ?? kept;
  } catch {
    // a browser that keeps nothing shows the pages
  }
  const docked = matchMedia(DOCKED);
  if (kept && docked.matches && !document.body.dataset.twoPapers) reader.panel.show(kept);
  docked.addEventListener("change", () => !docked.matches && reader.panel.hide());
  reader.root.addEventListener("panel", (e) => {
    if (!docked.matches || document.body.dataset.twoPapers) return; // lying over the paper it is opened for a moment
    try {
      sessionStorage.setItem(TAB, e.detail);
    } catch {
      // next time it stands as at first
    }
  });
}

document.dispatchEvent(new CustomEvent("reader:ready", { detail: reader }));
const asked = new URLSearchParams(location.search);
reader.opened.then(() => {
  keepPanel();
  if (asked.get("tim")) reader.find.open(asked.get("tim"), Number(asked.get("trang")) || 1);
});
// who has the bytes already (the pack) hands them over: preventDefault() and open(bytes)
const opening = new CustomEvent("reader:open", { detail: reader, cancelable: true });
if (document.dispatchEvent(opening)) reader.open().catch(() => {});
reader.opened.then(() => {
  const { desk } = reader;
  desk.dataset.quiet = ""; // the frame of the focus is for who uses keys
  addEventListener("keydown", () => delete desk.dataset.quiet, { once: true, capture: true });
  desk.focus({ preventScroll: true });
});
