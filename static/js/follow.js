// Follow the presenter's page in the reader, or present: what is presented stands in the room's facts (docs/realtime.md).
// One tap leaves, one returns; whoever turns pages by hand reads on alone until then.
import { csrfToken } from "./on.js";
import { liveRoom } from "./live.js";
import { toast } from "./toast.js";

const EVERY = 350; // ms between two turns that the hall is told; the latest wins
const LEFT = "left-presentation"; // the presentation that this tablet does not follow, until the browser closes

const bar = document.querySelector("[data-follow]");
const words = bar.querySelector("[data-follow-words]");
const [leave, back, open, stop] = ["[data-follow-act=leave]", "[data-follow-act=return]", "[data-follow-open]", "[data-follow-stop]"]
  .map((one) => bar.querySelector(one));
const room = liveRoom();
const me = Number(bar.dataset.me);
let reader = null;
let led = null; // what is presented now
let asked = ""; // the presentation for which this tablet asked whether it may be read
let other = null; // {title, url} of a presented paper that is not this one
let turning = false; // a turn made here for the presenter's sake

const say = (sentence, values) => sentence.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function left() {
  try {
    return sessionStorage.getItem(LEFT);
  } catch {
    return null;
  }
}

function setLeft(id) {
  try {
    sessionStorage.setItem(LEFT, id);
  } catch {
    // follows again after the next page
  }
  show();
}

const isHere = () => led && reader && led.paper === reader.document.id && led.version === reader.document.version;
const isMine = () => Boolean(led && led.by === me && stop);
const follows = () => isHere() && !isMine() && left() !== led.id;

function show() {
  const state = !led ? "" : isMine() && isHere() ? "mine" : follows() ? "following" : isHere() ? "apart" : other ? "other" : "";
  bar.hidden = !state;
  leave.hidden = state !== "following";
  back.hidden = state !== "apart";
  open.hidden = state !== "other";
  if (stop) stop.hidden = state !== "mine";
  const { saysFollowing, saysApart, saysOther, saysMine } = bar.dataset;
  const told = {
    mine: () => saysMine,
    following: () => say(saysFollowing, { who: led.who }),
    apart: () => say(saysApart, { who: capital(led.who), n: led.page }),
    other: () => say(saysOther, { who: capital(led.who), title: other.title }),
  }[state]?.() ?? "";
  if (words.textContent !== told) words.textContent = told;
  if (other) open.href = other.url;
  document.body.toggleAttribute("data-following", state === "following");
}

function take() {
  if (!reader) return;
  const before = led?.id;
  led = room.facts.presenting ?? null;
  if (led && !isHere() && asked !== led.id) {
    asked = led.id;
    other = null;
    setTimeout(askWhat, before === undefined ? 0 : Math.random() * 800); // a hall does not ask in the same moment
  }
  if (!led || isHere()) other = null;
  if (follows()) turnTo(led.page);
  show();
}

/** Of a paper that is not on this desk only the server knows whether this person may read it. */
async function askWhat() {
  const answer = await fetch(bar.dataset.ask, { headers: { Accept: "application/json" }, cache: "no-store", redirect: "manual" }).catch(() => null);
  other = answer?.status === 200 ? await answer.json() : null;
  if (!answer) asked = "";
  show();
}

function turnTo(page) {
  if (reader.viewer.currentPageNumber === page) return;
  turning = true;
  reader.goTo(page);
  setTimeout(() => (turning = false), 300);
}

// --- presenting -----------------------------------------------------------------------------------------------------

let wished = 0;
let told = 0;
let timer = null;

function tell(page) {
  wished = page;
  timer ??= setTimeout(send, told ? EVERY : 0);
}

async function send() {
  const page = wished;
  if (!isMine() || !isHere()) return (timer = null);
  const answer = await fetch(stop.dataset.turn, {
    method: "POST",
    headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" },
    body: new URLSearchParams({ page, turn: Date.now() }),
  }).catch(() => null);
  told = answer?.ok ? page : 0;
  if (!answer || answer.status >= 500) words.textContent = bar.dataset.saysLost;
  else show();
  timer = page !== wished || !answer ? setTimeout(send, answer ? EVERY : 2000) : null;
}

async function post(form) {
  const answer = await fetch(form.action, {
    method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, redirect: "manual",
  }).catch(() => null);
  const said = answer ? await answer.json().catch(() => ({})) : {};
  if (said.step_up) location.assign(said.step_up);
  else if (!answer?.ok) toast(said.error || "Chưa gửi được: máy không tới được máy chủ.", "bad");
  else if (said.said) toast(said.said);
  if (answer?.ok) room.refresh();
}

// --- the reader -------------------------------------------------------------------------------------------------------

document.addEventListener("reader:ready", ({ detail }) => bind(detail), { once: true });

function bind(pane) {
  reader = pane;
  const start = document.querySelector("[data-follow-start]");
  if (start) pane.slot("menu").append(start.content.cloneNode(true));
  pane.root.addEventListener("submit", (e) => {
    const form = e.target.closest("[data-reader-slot=menu] form");
    if (!form || !form.elements.paper) return;
    e.preventDefault();
    form.elements.page.value = pane.viewer.currentPageNumber;
    form.closest("details").open = false;
    post(form);
  });
  stop?.addEventListener("submit", (e) => {
    e.preventDefault();
    post(stop);
  });
  leave.addEventListener("click", () => setLeft(led.id));
  back.addEventListener("click", () => {
    setLeft("");
    take();
    pane.desk.focus({ preventScroll: true });
  });
  // turning by hand is leaving; what is turned for the presenter's sake is not
  let byHand = false;
  const hand = () => (byHand = true);
  for (const event of ["wheel", "touchmove", "keydown", "pointerdown"]) pane.root.addEventListener(event, hand, { passive: true, capture: true });
  pane.eventBus.on("pagechanging", ({ pageNumber }) => {
    if (isMine() && isHere()) return tell(pageNumber);
    if (follows() && byHand && !turning && pageNumber !== led.page) setLeft(led.id);
    byHand = false;
  });
  if (new URLSearchParams(location.search).has("theo")) {
    try {
      sessionStorage.removeItem(LEFT);
    } catch {
      // nothing was kept
    }
  }
  pane.opened.then(() => {
    take();
    room.addEventListener("facts", take);
  });
}
