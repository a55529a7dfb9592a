// The delegate's pages: how far papers were read, the card "Việc của đại biểu lúc này".
import { liveRoom } from "./live.js";

const reads = JSON.parse(document.getElementById("my-reads")?.textContent || "{}");

// What was read is told when the page is opened; that a newer version came since, by the room.
function markReads(root) {
  for (const link of root.querySelectorAll("[data-paper]")) {
    const place = link.querySelector("[data-read]");
    const [words, version] = reads[link.dataset.paper] ?? ["chưa mở", Infinity];
    if (place) place.textContent = link.dataset.newest > version ? `bản mới, lần ${link.dataset.newest}` : words;
  }
}

markReads(document);

const room = liveRoom();
room?.addEventListener("part", (e) => markReads(e.detail.place));

const ask = document.querySelector("[data-ask]");
let shown = "";
let soon;

async function askAgain() {
  if (!ask) return;
  try {
    const answer = await fetch(ask.dataset.ask, { headers: { "X-Part": "1" }, cache: "no-store", redirect: "manual" });
    if (!answer.ok) return;
    const html = await answer.text();
    if (html === shown) return;
    ask.innerHTML = shown = html;
    window.htmx?.process(ask);
  } catch {
    // offline: the card stays as it is until the next change
  }
}

room?.addEventListener("facts", (e) => {
  const { facts, before } = e.detail;
  const said = (f) => [f.sitting?.state, f.sitting?.check_in_open, f.named].join();
  // a hall of tablets does not ask in the same moment
  if (said(facts) !== said(before)) setTimeout(askAgain, Math.random() * 1200);
  // a vote that is being prepared is nobody's to see but the tellers', who make their keys for it
  else if (ask && "teller" in ask.dataset) soon ??= setTimeout(() => ((soon = null), askAgain()), 1500);
});

room?.addEventListener("own", (e) => {
  if (e.detail.presence !== room.presence) {
    room.presence = e.detail.presence;
    askAgain();
  }
});

// The paper that the hall is led through: one tap opens it. Asked anew when another one is, not at each page.
const led = document.querySelector("[data-presented]");
const ledBy = (facts) => facts.presenting?.id ?? "";

async function askPresented() {
  const answer = await fetch(led.dataset.presented, { headers: { "X-Part": "1" }, cache: "no-store", redirect: "manual" }).catch(() => null);
  if (answer?.status === 200) led.innerHTML = await answer.text();
  else if (answer?.status === 204) led.replaceChildren();
}

room?.addEventListener("facts", (e) => {
  if (led && ledBy(e.detail.facts) !== ledBy(e.detail.before)) setTimeout(askPresented, Math.random() * 800);
});

// The agenda and the list of papers come back to where one left them: by the same address, and from a paper.
const kept = `scroll:${location.pathname}`;
const list = document.querySelector(".whole-agenda, [data-paper-group]");
const fromPaper = document.referrer && new URL(document.referrer).pathname.startsWith("/tai-lieu/");
if (list && (fromPaper || !location.hash)) {
  const comeBack = () => scrollTo(0, Number(sessionStorage.getItem(kept) || 0));
  comeBack();
  if (location.hash) addEventListener("load", () => requestAnimationFrame(comeBack)); // after the jump to the item
}
if (list) addEventListener("pagehide", () => sessionStorage.setItem(kept, String(scrollY)));

// Papers are found as one types, with or without marks.
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();
const find = document.querySelector("[data-paper-find]");
if (find) document.querySelector("[data-find-only]").hidden = false;
find?.addEventListener("input", () => {
  const words = fold(find.value.trim());
  let shown = 0;
  for (const group of document.querySelectorAll("[data-paper-group]")) {
    const title = fold(group.querySelector("h2").textContent);
    let here = 0;
    for (const row of group.querySelectorAll("[data-words]")) {
      row.hidden = !title.includes(words) && !fold(row.dataset.words).includes(words);
      here += row.hidden ? 0 : 1;
    }
    group.hidden = here === 0;
    shown += here;
  }
  document.querySelector("[data-find-none]").hidden = shown > 0;
});
