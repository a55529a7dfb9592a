// The page of the copy: PIN, agenda, papers, words. It stands in for any page that needs a network, and shows nothing
// before the PIN has opened the copy.
import { sessionsHere, wiped, wipeWhenOver } from "./contact.js";
import { Broken, Copy } from "./copy.js";
import { findIn, fold } from "./find.js";
import { updateAll, watchHouse } from "./house.js";
import { Conflicts } from "../notes/conflict.js";
import { queueOfAll } from "./notes.js";
import { unsentNotes } from "./unsent.js";
import { heldKey, lock, openWith, whenIdle } from "./key.js";
import { Opener, vault, WrongPin } from "./vault.js";
import { size, when } from "./words.js";

const part = (name) => document.querySelector(`[data-off-${name}]`);
const template = (name) => part(name).content.firstElementChild;
const SCREENS = ["wait", "none", "locked", "shown"];
const WIPED = {
  revoked: ["Bản mang theo đã được xóa khỏi máy này", "Máy, thẻ hoặc tài khoản đã bị thu hồi, mã PIN đã đổi, hoặc đã đăng xuất. Nếu không phải ý của ông/bà, hãy báo bàn thư ký."],
  pin: ["Bản mang theo đã được xóa khỏi máy này", "Mã PIN của thẻ ghế đã đổi. Khi có mạng, hãy mang theo lại."],
  old: ["Bản mang theo đã hết hạn và tự xóa", "Máy không liên lạc với máy chủ quá số ngày mà hội đồng quy định. Khi có mạng, hãy mang theo lại."],
  tries: ["Bản mang theo đã tự xóa", "Mã PIN đã sai 5 lần. Khi có mạng, hãy mang theo lại."],
};

let copy = null;
let house = "away";
let shown = null; // the session on the screen
let papers = null; // its pages, for finding

function screen(name) {
  for (const each of SCREENS) part(each).hidden = each !== name;
  part("lock").hidden = name !== "shown";
}

function element(tag, text = "", cls = "") {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (cls) made.className = cls;
  return made;
}

// --- locked ----------------------------------------------------------------------------------------

async function start() {
  sizeText();
  const isOver = await wipeWhenOver();
  const records = isOver ? [] : await sessionsHere();
  const readyAt = Math.max(0, ...records.map((record) => record.readyAt || 0));
  part("ready").textContent = readyAt ? `Sẵn sàng ngoại tuyến lúc ${when(readyAt)}` : "";
  if (isOver || !records.length) return showNone();
  const key = await heldKey();
  if (key) return open(key);
  screen("locked");
  document.querySelector("#ma-pin").focus({ preventScroll: true });
}

async function showNone() {
  const before = await wiped();
  const [title, words] = WIPED[before?.why] || [];
  if (title) part("none-title").textContent = title;
  if (words) part("none-words").textContent = words;
  document.documentElement.dataset.offReady = "";
  screen("none");
}

const form = document.querySelector("form[data-pin]");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const fault = part("pin-fault");
  const pin = form.elements.pin.value;
  if (pin.length < 6) return;
  fault.hidden = true;
  form.querySelector("[data-pin-submit]").disabled = true;
  try {
    await open(await openWith(pin));
  } catch (refused) {
    if (!(refused instanceof WrongPin)) throw refused;
    if (!refused.left) return showTries();
    fault.textContent = `Mã PIN không đúng. Còn ${refused.left} lần, sau đó bản mang theo tự xóa khỏi máy.`;
    fault.hidden = false;
  } finally {
    form.reset();
    form.elements.pin.dispatchEvent(new Event("input"));
    form.querySelector("[data-pin-submit]").disabled = false;
  }
});

function showTries() {
  [part("none-title").textContent, part("none-words").textContent] = WIPED.tries;
  screen("none");
}

// --- open ------------------------------------------------------------------------------------------

async function open(key) {
  copy = new Copy(new Opener(key));
  try {
    await showSessions();
  } catch (fault) {
    console.error(fault);
    lock();
    copy = null;
    return say("Bản mang theo trên máy bị hỏng, không mở được. Khi có mạng, hãy xóa và mang theo lại.");
  }
  screen("shown");
  whenIdle(lockNow);
  await bindNotes(key);
  document.documentElement.dataset.offReady = "";
}

async function showSessions() {
  const sessions = await copy.sessions();
  const asked = new URLSearchParams(location.search).get("ky-hop") || shown?.record.id;
  const chosen = sessions.find((session) => location.pathname.includes(session.record.id) || session.record.id === asked);
  const tabs = part("sessions");
  tabs.hidden = sessions.length < 2;
  tabs.replaceChildren(
    ...sessions.map((session) => {
      const tab = element("button", session.manifest.session.title, "btn");
      tab.type = "button";
      tab.addEventListener("click", () => show(session));
      return tab;
    }),
  );
  if (sessions.length) await show(chosen || sessions[0]);
  else showNone();
}

async function show(session) {
  shown = session;
  papers = null;
  const { record, manifest } = session;
  part("title").textContent = manifest.session.title;
  const ready = record.readyAt ? `Đang đọc bản mang theo lúc ${when(record.readyAt)}` : "Bản mang theo chưa tải xong";
  part("line").textContent = `${ready}: ${record.count} tài liệu, ${size(record.total)}. Biểu quyết và điểm danh cần có mạng.`;
  const sections = await Promise.all(manifest.sittings.map((sitting) => sectionOf(sitting, session)));
  part("agenda").replaceChildren(...sections);
  if (location.hash) document.querySelector(location.hash.replace(/[^#\w-]/g, ""))?.scrollIntoView();
}

async function sectionOf(sitting, session) {
  const section = element("section");
  const head = element("div", "", "sec");
  head.append(element("h2", `Phiên ${sitting.number}: ${sitting.title}`), element("span", `${sitting.starts_at}, ${sitting.date.split("-").reverse().join("/")}`, "s muted nowrap"));
  const list = element("ol", "", "whole");
  for (const item of sitting.items) list.append(await itemOf(item, session));
  if (!sitting.items.length) list.append(element("li", "Phiên này chưa có mục nào.", "none"));
  section.append(head, list);
  return section;
}

async function itemOf(item, session) {
  const row = element("li");
  row.id = `muc-${item.number}`;
  const head = element("div", "", "item-head");
  const words = element("div", "", "grow");
  words.append(element("h3", item.title), element("p", [item.kind, item.presenter, item.starts_at].filter(Boolean).join(" · "), "s muted"));
  head.append(element("span", String(item.number), "num no"), words);
  row.append(head);
  if (item.papers.length) {
    const list = element("ul", "", "papers");
    for (const paper of item.papers) list.append(await paperOf(paper, session, item));
    row.append(list);
  }
  return row;
}

const AWAY = { missing: "chưa có", online: "chỉ đọc khi có mạng" };

async function paperOf(line, session, item) {
  let state = AWAY[line.away] || "";
  let here = null;
  if (line.document) {
    here = await copy.paper(session, line.document).catch(() => null);
    state = !here ? "chưa tải xong" : here.isOlder ? `bản lần ${here.paper.version}; bản mới chưa tải xong` : `${here.paper.pages} trang`;
  }
  const row = template(here ? "paper" : "away").cloneNode(true);
  if (here) row.querySelector("a").href = addressOf(line.document, { item: item.number });
  row.querySelector("[data-t]").textContent = [line.kind, line.number].filter(Boolean).join(" ");
  row.querySelector("[data-m]").textContent = line.title;
  row.querySelector("[data-s]").textContent = state;
  return row;
}

/** The reader's own address of a paper: with a network the same address opens the house's page. */
function addressOf(document_, { page, words, item } = {}) {
  const query = new URLSearchParams();
  query.set("ve", `/hop/${shown.record.id}/chuong-trinh${item ? `#muc-${item}` : ""}`);
  if (page) query.set("trang", page);
  if (words) query.set("tim", words);
  return `/tai-lieu/${document_}?${query}`;
}

// --- finding ---------------------------------------------------------------------------------------

const field = document.querySelector("#off-find");
let typing;
field.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(find, 250);
});

async function find() {
  const query = field.value;
  const hits = part("hits");
  if (!fold(query)) {
    hits.replaceChildren();
    part("found").textContent = "";
    return;
  }
  if (!papers) {
    part("found").textContent = "Đang mở chữ của các tài liệu.";
    papers = await readAll(shown);
  }
  if (query !== field.value) return;
  const found = findIn(papers, query);
  part("found").textContent = found.length ? `${found.length}${found.length === 100 ? " trang đầu tiên" : " trang"} có đủ các từ này.` : "Không trang nào có đủ các từ này.";
  hits.replaceChildren(
    ...found.map((hit) => {
      const link = element("a");
      link.href = addressOf(hit.document, { page: hit.page, words: query });
      const paper = shown.manifest.papers[hit.document];
      const words = element("span");
      words.append(hit.before, element("mark", hit.match), hit.after);
      link.append(element("b", `${[paper.kind, paper.number].filter(Boolean).join(" ")}, trang ${hit.page}`), words, element("span", paper.title, "s muted"));
      const row = element("li");
      row.append(link);
      return row;
    }),
  );
}

async function readAll(session) {
  const found = [];
  for (const document_ of Object.keys(session.manifest.papers)) {
    try {
      const { paper } = await copy.paper(session, document_);
      const pages = await copy.pages(paper);
      const head = { page: 1, text: [paper.title, paper.number, paper.issuer].join(" ") };
      found.push({ document: document_, pages: pages.length ? [{ ...pages[0], text: `${pages[0].text}\n${head.text}` }, ...pages.slice(1)] : [head] });
    } catch (fault) {
      if (fault instanceof Broken) say("Chữ của một tài liệu trên máy bị hỏng; máy sẽ tải lại khi có mạng.");
    }
  }
  return found;
}

// --- the house comes back -----------------------------------------------------------------------------

function say(sentence) {
  part("fault").textContent = sentence;
  part("fault").hidden = !sentence;
}

function lockNow() {
  lock();
  location.reload();
}

part("lock").addEventListener("click", lockNow);
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-off-online]")) location.reload();
});

watchHouse(async (state) => {
  house = state;
  const net = part("net");
  net.dataset.connection = state === "away" ? "off" : "on";
  const icon = net.querySelector("use");
  icon.setAttribute("href", icon.getAttribute("href").replace(/#.*/, state === "away" ? "#i-net-off" : "#i-net"));
  part("net-words").textContent = state === "away" ? "Không có mạng" : "Có mạng";
  part("back").hidden = state === "away";
  if (state === "gone") location.reload();
  if (state !== "back") return;
  if (queue) queue.wake();
  else if (await unsentNotes()) part("notes-words").textContent = "Có ghi chú viết khi mất mạng chưa gửi. Nhập mã PIN để gửi.";
  const reasons = (await vault()) ? await updateAll() : [];
  const isOut = reasons.some((reason) => reason.why === "signed-out");
  part("back-words").textContent = isOut ? "Đã có mạng trở lại. Phiên đăng nhập đã hết, mời đăng nhập lại." : "Đã có mạng trở lại.";
  if (copy && !reasons.length) await showSessions();
});

let queue = null;

/** Send what was noted without a network, say what became of it, and lay both before its author where another tablet was quicker. */
async function bindNotes(key) {
  let sent = 0;
  let refused = "";
  const titleOf = ({ document: id }) => shown?.manifest.papers[id]?.title ?? "";
  const conflicts = new Conflicts(document.querySelector("[data-note-conflict]"), settle, titleOf);
  const tell = (state, count) => {
    const words = [];
    if (sent) words.push(`Đã gửi ${sent} ghi chú.`);
    if (conflicts.size) words.push(`${conflicts.size} ghi chú đã sửa ở hai máy: mời chọn.`);
    if (state === "out") words.push(`Còn ${count} ghi chú chưa gửi: mời đăng nhập lại.`);
    else if (refused) words.push(`Có ghi chú máy chủ không nhận: ${refused} Mở tài liệu đó để xem lại.`);
    else if (count > conflicts.size) words.push(`Còn ${count - conflicts.size} ghi chú chưa gửi, máy sẽ gửi lại.`);
    part("notes-words").textContent = words.join(" ");
  };
  async function settle(item, choice) {
    const revision = item.theirs["nt:revision"];
    const mine = item.next ?? item.flight;
    const next = { version: mine.version, annotation: mine.annotation };
    await queue.settle(item.id, revision, choice === "mine" ? next : null);
    if (choice === "both") await queue.put({ id: crypto.randomUUID(), document: item.document, revision: 0, ...next });
  }
  queue = await queueOfAll(key, {
    isAway: () => house !== "back",
    on: {
      saved: (id, note, isLast) => isLast && (sent += 1),
      conflict: (item) => conflicts.add(item),
      refused: (item) => (refused = item.refused),
      state: tell,
    },
  });
}

/** The size of letters that this browser asked for on the house's own pages. */
function sizeText() {
  const chosen = document.cookie.match(/(?:^|; )text_size=(lon|rat-lon)/)?.[1];
  if (chosen) document.documentElement.dataset.text = chosen;
}

start();
