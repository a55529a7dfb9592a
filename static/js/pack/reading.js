// The reader without a network: a paper of the tablet's own copy, put into the reader's page before the reader starts.
import { wiped, wipeWhenOver } from "./contact.js";
import { Broken, Copy, NotHere } from "./copy.js";
import { put } from "./database.js";
import { updateAll, watchHouse } from "./house.js";
import { attachNotes } from "../notes/desk.js";
import { heldKey, lock, openWith, whenIdle } from "./key.js";
import { token } from "./notes.js";
import { Opener, Sealer, vault, WrongPin } from "./vault.js";
import { notesOf, Waiting } from "./waiting.js";
import { when } from "./words.js";

const part = (name) => document.querySelector(`[data-off-${name}]`);
const asked = new URLSearchParams(location.search);
const id = location.pathname.match(/[0-9a-f-]{36}/)?.[0];
const dialog = part("dialog");
const form = dialog.querySelector("form");

function say(sentence) {
  part("fault-words").textContent = sentence;
  part("fault").hidden = !sentence;
}

async function start() {
  const chosen = document.cookie.match(/(?:^|; )text_size=(lon|rat-lon)/)?.[1];
  if (chosen) document.documentElement.dataset.text = chosen;
  leadBack();
  if (await wipeWhenOver()) return toShell();
  const key = await heldKey();
  if (key) return open(key);
  dialog.showModal();
  form.elements.pin.focus({ preventScroll: true });
}

/** The copy is gone or was never here: the page of the copy says why. */
async function toShell() {
  const before = await wiped();
  say(before ? "Bản mang theo đã được xóa khỏi máy này." : "Máy này chưa mang theo tài liệu nào. Tài liệu này đọc được khi có mạng.");
  document.querySelector("[data-reader-waiting]").hidden = true;
}

function leadBack() {
  const back = asked.get("ve") || "/ngoai-tuyen";
  part("back-link").href = /^\/(?!\/)/.test(back) ? back : "/ngoai-tuyen";
}

dialog.addEventListener("cancel", (event) => event.preventDefault());
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const pin = form.elements.pin.value;
  const fault = part("pin-fault");
  if (pin.length < 6) return;
  fault.hidden = true;
  try {
    const key = await openWith(pin);
    dialog.close();
    await open(key);
  } catch (refused) {
    if (!(refused instanceof WrongPin)) throw refused;
    if (!refused.left) {
      dialog.close();
      return toShell();
    }
    fault.textContent = `Mã PIN không đúng. Còn ${refused.left} lần, sau đó bản mang theo tự xóa khỏi máy.`;
    fault.hidden = false;
  } finally {
    form.reset();
    form.elements.pin.dispatchEvent(new Event("input"));
  }
});

// --- the paper ------------------------------------------------------------------------------------------

let copy;
let opened;
let desk;
let house = "away";

async function open(key) {
  copy = new Copy(new Opener(key));
  const session = (await copy.sessions()).find(({ manifest }) => manifest.papers[id]);
  try {
    if (!session) throw new NotHere(id);
    const { paper, isOlder } = await copy.paper(session, id);
    const [pages, place] = await Promise.all([pagesOf(paper), copy.json(`place:${id}`)]);
    const manifest = isOlder ? session.before : session.manifest;
    opened = { key, me: (await vault()).me, notes: await notesOf(copy, id, paper.version, manifest.notes?.[id] || []) };
    await fill(session, paper, pages, place?.version === paper.version ? place.page : 1, isOlder);
    await showFirst(pages);
    await read(paper, await copy.pdf(paper), pages);
  } catch (fault) {
    document.querySelector("[data-reader-first]")?.remove();
    document.querySelector("[data-reader-waiting]").hidden = true;
    if (fault instanceof Broken) return say("Tệp trên máy không khớp mã kiểm tra nên không mở. Khi có mạng, máy tải lại tệp này.");
    if (fault instanceof NotHere) return say("Tài liệu này không có trong bản mang theo. Đọc được khi có mạng.");
    throw fault;
  }
  whenIdle(async () => {
    desk?.close(); // what is being written is kept before the copy is locked
    await desk?.queue.settled();
    lock();
    location.reload();
  });
}

/** Words and small pictures are not needed to read: a broken file of them leaves the paper as it is. */
async function pagesOf(paper) {
  try {
    return await copy.pages(paper);
  } catch (fault) {
    if (!(fault instanceof Broken)) throw fault;
    return [];
  }
}

async function fill({ record, manifest }, paper, pages, place, isOlder) {
  document.title = paper.title;
  part("title").textContent = paper.title;
  const facts = [[paper.kind, paper.number].filter(Boolean).join(" "), paper.issuer, isOlder ? `bản lần ${paper.version}; bản mới chưa tải xong` : paper.version > 1 && `bản lần ${paper.version}`];
  part("line").textContent = facts.filter(Boolean).join(", ");
  if (record.readyAt) part("net-words").textContent = `Bản mang theo lúc ${when(record.readyAt)}`;
  const root = document.querySelector("[data-pane]");
  const desk = root.querySelector("[data-reader]");
  root.setAttribute("aria-label", paper.title);
  desk.setAttribute("aria-label", paper.title);
  root.querySelector(".pane-title > span").textContent = paper.title;
  const wanted = Number(asked.get("trang")) || place;
  Object.assign(desk.dataset, {
    paper: id, title: paper.title, version: paper.version, pages: paper.pages, page: Math.min(wanted, paper.pages), src: "", texts: "",
  });
  if (pages.length === paper.pages && pages.every((page) => page.image)) desk.dataset.pictures = paper.pages;
  root.querySelector("#trang").value = desk.dataset.page;
  root.querySelector("[data-reader-pages-count]").textContent = `/ ${paper.pages}`;
  part("title").closest("header").querySelector("[data-reader-count]").textContent = `${desk.dataset.page} / ${paper.pages}`;
  root.querySelector(".r-digest").textContent = paper.sha256;
  for (const link of root.querySelectorAll("a[download]")) link.remove(); // what was sealed is not written out in clear
  Object.assign(root.querySelector("[data-notes]").dataset, { url: `/tai-lieu/${id}/ghi-chu`, share: "", me: opened.me });
  delete desk.dataset.progress; // there is nobody to tell
  const outline = root.querySelector("[data-panel-of=outline] script");
  if (outline) outline.textContent = JSON.stringify(paper.outline || []);
  const item = manifest.sittings.flatMap((sitting) => sitting.items).find((one) => one.papers.some((line) => line.document === id));
  const row = (item?.papers || []).map((line) => line.document).filter(Boolean);
  const at = row.indexOf(id);
  lead(root.querySelector("[rel=prev]"), row[at - 1]);
  lead(root.querySelector("[rel=next]"), row[at + 1]);
}

function lead(link, document_) {
  if (!link) return;
  link.hidden = !document_;
  if (document_) link.href = `/tai-lieu/${document_}?${new URLSearchParams({ ve: part("back-link").getAttribute("href") })}`;
}

/** The page to begin with as a picture, before the paper itself is deciphered: the first one to read, another small. */
async function showFirst(pages) {
  const desk = document.querySelector("[data-reader]");
  const { page, large, image, width, height } = pages[desk.dataset.page - 1] ?? {};
  if (!large && !image) return;
  const picture = Object.assign(new Image(Math.round(width), Math.round(height)), { alt: "", src: URL.createObjectURL(large || image) });
  picture.dataset.picture = page;
  const place = Object.assign(document.createElement("div"), { className: "r-first" });
  place.dataset.readerFirst = "";
  place.setAttribute("aria-hidden", "true");
  place.append(picture);
  desk.after(place);
  document.querySelector("[data-reader-note]").classList.add("r-note--over");
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done))); // it is painted, then the work begins
}

async function read(paper, bytes, pages) {
  const urls = new Map();
  const pictureOf = (n) => {
    if (!urls.has(n)) urls.set(n, URL.createObjectURL(pages[n - 1].image));
    return urls.get(n);
  };
  document.addEventListener("reader:ready", ({ detail: reader }) => {
    if (pages.length === paper.pages) reader.pageTexts = async () => pages;
    reader.thumbUrl = reader.imageUrl = pictureOf;
    keepPlace(reader, paper);
    desk = attachNotes(reader, {
      load: async () => opened.notes,
      storage: new Waiting({ document: id, me: opened.me, key: async () => opened.key }),
      token,
      isAway: () => house !== "back",
    });
  });
  document.addEventListener("reader:open", (event) => {
    event.preventDefault();
    event.detail.open(bytes).catch(() => {});
  });
  await import("../reader/main.js");
  document.documentElement.dataset.offReady = "";
}

/** The page to come back to, sealed like the rest. */
async function keepPlace(reader, paper) {
  const sealer = await Sealer.make();
  let timer;
  reader.eventBus.on("pagechanging", ({ pageNumber }) => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const name = `place:${id}`;
      await put("sealed", { name, ...(await sealer.sealJson({ version: paper.version, page: pageNumber }, name)) });
    }, 800);
  });
}

// --- the house comes back ----------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-off-online]")) location.reload();
});

watchHouse(async (state) => {
  house = state;
  part("back").hidden = state === "away";
  if (state === "gone") location.reload();
  if (state !== "back" || !(await vault())) return;
  desk?.queue.wake();
  await updateAll();
});

start();
