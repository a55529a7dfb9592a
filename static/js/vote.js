// The ballot on a delegate's tablet. A choice is kept with a key of its own until the server has answered;
// it goes over the socket, and after one and a half seconds without an answer by HTTP POST with the same key.
// Only an answer that comes after COMMIT makes the tablet say "Đã ghi nhận".
import { ballotKeys } from "./ballot-keys.js";
import { drawJoint, isUnsent, pick, picked, unanswered } from "./joint.js";
import { liveRoom } from "./live.js";
import { drawObjection } from "./objection.js";
import { csrfToken } from "./on.js";
import { ring } from "./ring.js";

const room = liveRoom();
const screen = document.querySelector("[data-vote-screen]");
const status = document.querySelector("[data-my-vote]");
const ANSWER_MS = 1500;
const AGAIN_MS = 3000;

// A secret vote has its own module (secret/ballot.js); here it is as if there were none.
const openVote = (facts) => (facts.poll?.secrecy ? null : facts.poll || null);

const state = {
  poll: openVote(room.facts)?.id || null,
  vote: status.dataset.choice ? { choice: status.dataset.choice, number: Number(status.dataset.number) } : null,
  entitled: undefined, // until the server has told
  present: undefined,
  sending: null, // { poll, choice, key, replaces, tries }
  away: false,
};

const buttons = () => [...document.querySelectorAll("[data-choice].vote")];
const isJoint = () => (openVote(room.facts)?.asks || 1) > 1;
const SILENT = "Không biểu quyết";

function labelOf(choice) {
  const labels = openVote(room.facts)?.labels || {};
  if (!isJoint()) return labels[choice] || "";
  return choice.split(",").map((one, i) => `${i + 1}: ${labels[one] || SILENT}`).join(" · ");
}

const hall = { timeZone: "Asia/Ho_Chi_Minh", hourCycle: "h23", hour: "2-digit", minute: "2-digit", second: "2-digit" };
const clock = (iso) => new Date(iso).toLocaleTimeString("vi-VN", hall);

// --- casting ---------------------------------------------------------------------------------------

function choose(choice) {
  const poll = openVote(room.facts);
  if (!poll || poll.state !== "open" || state.sending?.choice === choice) return;
  if (!state.sending && state.vote?.choice === choice) return;
  state.sending = { poll: poll.id, choice, key: newKey(), replaces: state.vote?.number || 0, said: "" };
  keep();
  deliver();
  draw();
}

function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 15) | 64;
  b[8] = (b[8] & 63) | 128;
  const hex = [...b].map((n) => n.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function deliver() {
  const act = state.sending;
  if (!act) return;
  clearTimeout(act.timer);
  if (room.send({ type: "cast", poll: act.poll, choice: act.choice, key: act.key, replaces: act.replaces })) {
    act.timer = setTimeout(() => post(act), ANSWER_MS);
  } else post(act);
}

async function post(act) {
  if (state.sending !== act) return;
  clearTimeout(act.timer);
  const abort = new AbortController();
  const tooLong = setTimeout(() => abort.abort(), 6000);
  try {
    const answer = await fetch(`/bo-phieu/${act.poll}`, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify({ choice: act.choice, key: act.key, replaces: act.replaces }),
      signal: abort.signal,
      redirect: "manual",
    });
    if (answer.status === 401) return location.reload(); // to the sign-in; the choice waits in this tab
    if (answer.status >= 500 || answer.type === "opaqueredirect") throw new Error(String(answer.status));
    answered({ poll: act.poll, ...(await answer.json()) });
  } catch {
    if (state.sending !== act) return;
    act.said = navigator.onLine ? "Chưa gửi được, máy đang thử lại" : "Mất mạng, phiếu sẽ gửi khi có mạng";
    act.timer = setTimeout(deliver, AGAIN_MS);
    draw();
  } finally {
    clearTimeout(tooLong);
  }
}

function answered(answer) {
  const act = state.sending;
  if (!act || answer.key !== act.key) return;
  if (answer.answer === "again") return void post(act);
  if (answer.code === "key_reused") {
    act.key = newKey();
    keep();
    return deliver();
  }
  clearTimeout(act.timer);
  state.sending = null;
  forget();
  if (answer.vote !== undefined && answer.vote !== null) state.vote = answer.vote;
  state.refused = answer.answer === "recorded" ? "" : answer.words || "Phiếu này không được ghi.";
  if (answer.answer === "stale") ask();
  draw();
}

// An open named vote may wait in this tab through a reload; nothing else is kept.
function keep() {
  const { poll, choice, key, replaces } = state.sending;
  sessionStorage.setItem("vote", JSON.stringify({ poll, choice, key, replaces }));
}

function forget() {
  sessionStorage.removeItem("vote");
}

function remember() {
  try {
    const kept = JSON.parse(sessionStorage.getItem("vote") || "null");
    if (!kept) return;
    if (kept.poll === openVote(room.facts)?.id && openVote(room.facts).state === "open") {
      state.sending = { ...kept, said: "" };
      if (isJoint()) pick(kept.choice);
      deliver();
    } else forget();
  } catch {
    forget();
  }
}

// --- what is my own --------------------------------------------------------------------------------

async function ask() {
  if (room.send({ type: "mine" })) return;
  try {
    const answer = await fetch(screen.dataset.mineUrl, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (answer.ok) mine(await answer.json());
  } catch {
    // asked again when the room is heard again
  }
}

function mine(told) {
  room.dispatchEvent(new CustomEvent("own", { detail: told }));
  if (told.poll !== (openVote(room.facts)?.id || null)) return draw();
  state.entitled = told.entitled;
  state.present = told.present;
  const news = (told.vote?.number || 0) !== (state.vote?.number || 0);
  state.vote = told.vote || null;
  state.objection = told.objection || null;
  if (isJoint() && state.vote && !state.sending && (news || !picked().some(Boolean))) pick(state.vote.choice);
  draw();
}

// --- drawing ----------------------------------------------------------------------------------------

const sprite = document.querySelector("use")?.getAttribute("href").split("#")[0];

function element(tag, { cls = "", text = "" } = {}, ...children) {
  const made = document.createElement(tag);
  if (cls) made.className = cls;
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

function markOf(name) {
  const span = element("span", { cls: `mark m-${name}` });
  span.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><use href="${sprite}#m-${name}"/></svg>`;
  return span;
}

const number = (text) => element("span", { cls: "num", text });

function draw() {
  const poll = openVote(room.facts);
  const shown = Boolean(poll && ["open", "closed"].includes(poll.state) && state.entitled !== false && !(state.away && poll.state === "closed"));
  const appears = shown && screen.hidden;
  screen.hidden = !shown;
  // the keyboard and the reader begin at the question: the first choice is a Tab or two away
  if (appears) screen.querySelector("#part-question").focus({ preventScroll: true });
  document.documentElement.classList.toggle("is-voting", shown);
  for (const place of screen.querySelectorAll("[data-vote-state]")) place.hidden = place.dataset.voteState !== poll?.state;
  screen.querySelector("[data-vote-away]").hidden = poll?.state !== "closed";
  screen.querySelector(".v").dataset.pollState = poll?.state || "";
  const form = document.getElementById("ballot-form");
  form.elements.replaces.value = state.vote?.number || 0;
  drawObjection({ poll, objection: state.objection, entitled: Boolean(state.entitled) });
  if (!poll) return;
  if (poll.state === "open") drawOpen();
  else if (poll.state === "closed") drawClosed();
}

function drawOpenJoint() {
  const act = state.sending;
  drawJoint({ recorded: state.vote?.choice, sending: act?.choice, off: state.present === false });
  const missing = unanswered();
  let line;
  if (state.present === false)
    line = element("p", { cls: "v-say", text: "Đại biểu chưa điểm danh có mặt nên chưa biểu quyết được. Mời báo thư ký." });
  else if (act) line = element("p", { cls: "v-say", text: act.said || "Đang gửi phiếu" });
  else if (state.refused) line = element("p", { cls: "v-say v-say--bad", text: state.refused });
  else if (state.asking) line = element("p", { cls: "v-say v-say--bad", text: `Chưa chọn nội dung ${missing.join(", ")}. Bấm “Gửi phiếu” lần nữa nếu để trống.` });
  else if (state.vote && isUnsent(state.vote.choice)) line = element("p", { cls: "v-say v-say--bad", text: "Lựa chọn vừa đổi chưa gửi. Bấm “Gửi phiếu”." });
  else if (state.vote) {
    const saved = element("span", {}, `${labelOf(state.vote.choice)}. Hệ thống đã lưu lúc `, number(clock(state.vote.cast_at)));
    if (state.vote.channel === "secretary") saved.append(", thư ký ghi thay máy");
    if (state.vote.number > 1) saved.append(`, đã đổi ${state.vote.number - 1} lần`);
    line = element("p", { cls: "v-done" }, element("span", {}, element("b", { text: `Đã ghi nhận phiếu ${openVote(room.facts).asks} nội dung` }), saved));
  } else if (missing.length < openVote(room.facts).asks)
    line = element("p", { cls: "v-say", text: missing.length ? `Còn nội dung ${missing.join(", ")} chưa chọn` : "Đã chọn đủ. Bấm “Gửi phiếu” để gửi." });
  else line = element("p", { cls: "v-say", text: "Đại biểu chưa biểu quyết. Mời chọn ý kiến cho từng nội dung, rồi gửi phiếu." });
  put(line);
}

/** Send what is picked; a question without an answer is asked about once. */
function sendJoint() {
  const now = picked();
  if (!now.some(Boolean)) {
    state.refused = "";
    state.asking = false;
    return put(element("p", { cls: "v-say v-say--bad", text: "Chọn ý kiến cho ít nhất một nội dung." }));
  }
  if (unanswered().length && !state.asking) {
    state.asking = true;
    return draw();
  }
  state.asking = false;
  state.refused = "";
  choose(now.join());
}

function drawOpen() {
  if (isJoint()) return drawOpenJoint();
  const act = state.sending;
  const chosen = act ? null : state.vote?.choice;
  for (const b of buttons()) {
    const choice = b.dataset.choice;
    b.setAttribute("aria-pressed", String(choice === chosen));
    b.classList.toggle("is-sending", act?.choice === choice);
    b.disabled = state.present === false;
    b.querySelector("small").textContent =
      act?.choice === choice ? "Đang gửi…" : choice === chosen ? "Phiếu của đại biểu" : chosen ? "Chạm để đổi" : "";
  }
  let line;
  if (state.present === false)
    line = element("p", { cls: "v-say", text: "Đại biểu chưa điểm danh có mặt nên chưa biểu quyết được. Mời báo thư ký." });
  else if (act) line = element("p", { cls: "v-say", text: act.said || `Đang gửi: ${labelOf(act.choice)}` });
  else if (state.refused) line = element("p", { cls: "v-say v-say--bad", text: state.refused });
  else if (state.vote) {
    const saved = element("span", {}, "Hệ thống đã lưu lúc ", number(clock(state.vote.cast_at)));
    if (state.vote.channel === "secretary") saved.append(", thư ký ghi thay máy");
    if (state.vote.number > 1) saved.append(`, đã đổi ${state.vote.number - 1} lần`);
    line = element("p", { cls: `v-done v-done--${state.vote.choice}` }, markOf(state.vote.choice),
      element("span", {}, element("b", { text: `Đã ghi nhận: ${labelOf(state.vote.choice)}` }), saved));
  } else line = element("p", { cls: "v-say", text: "Đại biểu chưa biểu quyết. Mời chọn một trong ba ý kiến." });
  put(line);
}

function drawClosed() {
  const poll = openVote(room.facts);
  const words = state.vote ? labelOf(state.vote.choice) : state.present ? "Có mặt, không biểu quyết" : "Vắng mặt";
  const what = element("p", { cls: "grow" },
    element("span", { cls: "muted s", text: "Phiếu của đại biểu được ghi là" }), document.createElement("br"),
    element("strong", { cls: "big", text: words }));
  if (state.vote?.cast_at) what.append(element("span", { cls: "muted" }, " lúc ", number(clock(state.vote.cast_at))));
  const mark = isJoint() && state.vote ? [] : [markOf(state.vote?.choice || (state.present ? "silent" : "absent"))];
  const row = element("div", { cls: "body row wrap" }, ...mark, what,
    element("p", { cls: "s muted", text: state.refused || (poll.objection_until ? "Nếu ghi chưa đúng, mời đại biểu báo ngay." : "Nếu ghi chưa đúng, mời báo thư ký ngay, trước khi chủ tọa công bố.") }));
  put(element("div", { cls: "card mine" }, row));
}

function put(made) {
  if (status.firstElementChild?.outerHTML !== made.outerHTML || status.childElementCount !== 1) status.replaceChildren(made);
}

// Only the delegate concerned is called: at the opening, and again while the own vote is missing.
const CALL_MS = 20000;
const CALLS = 3;

function call(times = 0) {
  clearTimeout(state.calling);
  const poll = openVote(room.facts);
  if (poll?.state !== "open" || poll.id !== state.poll || state.vote || state.sending) return;
  if (state.entitled === false || state.present === false) return;
  ring();
  if (times < CALLS) state.calling = setTimeout(() => call(times + 1), CALL_MS);
}

// --- what happens -----------------------------------------------------------------------------------

document.addEventListener(
  "click",
  (e) => {
    const button = e.target instanceof Element ? e.target.closest(".vote[data-choice]") : null;
    if (!button) return;
    e.preventDefault();
    choose(button.dataset.choice);
  },
  true,
);

document.addEventListener("change", (e) => {
  if (!(e.target instanceof Element) || !e.target.closest(".joint-q")) return;
  state.asking = false;
  draw();
});

document.getElementById("ballot-form").addEventListener("submit", (e) => {
  if (!isJoint()) return;
  e.preventDefault();
  e.stopPropagation();
  sendJoint();
});

ballotKeys({
  groups: () => [...screen.querySelectorAll(".joint-q")].map((group) => [...group.querySelectorAll("input:enabled")]).filter((group) => group.length),
  send: () => screen.querySelector("[data-send-ballot]")?.click(),
});

document.addEventListener("objected", (e) => {
  state.objection = e.detail;
  draw();
});

screen.querySelector("[data-vote-away]").addEventListener("click", () => {
  state.away = true;
  draw();
});

room.addEventListener("facts", (e) => {
  const { facts, before } = e.detail;
  const now = openVote(facts), was = openVote(before);
  if (now?.id !== state.poll) {
    if (state.sending) clearTimeout(state.sending.timer);
    Object.assign(state, { poll: now?.id || null, vote: null, entitled: undefined, present: undefined, sending: null, refused: "", asking: false, away: false, objection: null });
    forget();
    if (now?.state === "open") call();
  }
  if (now?.state === "closed" && was?.state === "open") {
    state.away = false;
    if (state.sending) deliver(); // the server decides whether it was in time
  }
  const present = (f) => `${openVote(f)?.id} ${openVote(f)?.state} ${f.present}`;
  if (now && present(facts) !== present(before)) setTimeout(ask, Math.random() * (now.state === "open" ? 400 : 800));
  draw();
});
room.addEventListener("part", (e) => e.detail.name === "ballot" && draw());
room.addEventListener("cast", (e) => answered(e.detail));
room.addEventListener("mine", (e) => mine(e.detail));
room.addEventListener("open", () => {
  ask();
  if (state.sending) deliver();
});
addEventListener("online", () => state.sending && deliver());

if (isJoint() && state.vote) pick(state.vote.choice);
remember();
ask();
