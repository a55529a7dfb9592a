// Own notes on a paper: tools, list, saving. The same in the house's reader (main.js) and in the copy's (pack/reading.js).
import { Conflicts } from "./conflict.js";
import { boxesOf, pagesOf, quoteOf, read, written } from "./format.js";
import { Layer } from "./layer.js";
import { bindMove } from "./move.js";
import { bindPen } from "./pen.js";
import { NoteQueue } from "./queue.js";

const PAUSE = 700; // ms after the last letter before a text is kept

const TABS = "nghi-truong-note"; // the same paper may lie on both sides of the desk, and in another tab

/**
 * Draw a paper's notes and let its reader make some. `load()` gives the annotations; `storage`, `token`, `isAway` and
 * `send` are the queue's (queue.js).
 */
export function attachNotes(reader, { load, storage, token, isAway, send }) {
  const bar = reader.root.querySelector("[data-notes]");
  if (!bar) return null;
  const says = bar.dataset;
  const { version } = reader.document;
  const notes = new Map();
  const find = (name) => bar.querySelector(`[data-note-${name}]`);
  const [edit, conflict, state, share] = ["edit", "conflict", "state", "share"].map(find);
  const text = edit.querySelector("textarea");
  const undo = bar.querySelector("[data-note-act=undo]");
  let colour = "vang";
  let opened = "";
  let removed = null;
  let selection = null;
  let timer;
  reader.notesWords = { bookmark: says.kindBookmark, text: says.kindText };

  const layer = new Layer(reader, notes, open);
  const queue = new NoteQueue({
    urlOf: () => says.url,
    token,
    storage,
    isAway,
    ...(send && { send }),
    signal: reader.signal,
    on: {
      saved(id, kept, isLast) {
        if (removed?.id === id) removed.note.revision = kept["nt:revision"];
        const note = notes.get(id);
        if (note) note.revision = kept["nt:revision"];
        if (isLast && note?.removed) notes.delete(id);
        if (isLast) others.postMessage({ me: says.me, document: reader.document.id, id, kept });
      },
      conflict: (item) => conflicts.add(item),
      refused: () => list(),
      state: tellState,
    },
  });
  const conflicts = new Conflicts(conflict, settle);
  const others = new BroadcastChannel(TABS);
  others.onmessage = ({ data }) => data.me === says.me && data.document === reader.document.id && takeOver(data);
  reader.signal.addEventListener("abort", () => others.close());

  const STATES = {
    saved: says.saysSaved, sending: says.saysSending, waiting: says.saysWaiting, unkept: says.saysUnkept, out: says.saysOut,
  };

  function tellState(what, count) {
    const locked = storage?.locked ?? 0; // of earlier pages: their key comes with the PIN
    const opened = find("locked");
    opened.hidden = !locked;
    opened.querySelector("span").textContent = says.saysLocked.replace("%(n)s", locked);
    if (what === "saved" && !state.dataset.state) return; // nothing was to be kept
    tell(STATES[what].replace("%(n)s", count), what);
  }

  function tell(words, what = "") {
    state.textContent = words;
    state.dataset.state = what;
  }

  // --- keeping ---------------------------------------------------------------------------------------------
  function keep(id, note) {
    notes.set(id, note);
    note.state = "placed";
    layer.drawNote(note);
    list();
    return queue.put({
      id, document: reader.document.id, version: note.version ?? version, annotation: note.removed ? null : written(note), revision: note.revision ?? 0,
    });
  }

  async function make(kind, more) {
    const page = more.page ?? reader.viewer.currentPageNumber;
    const note = { kind, colour, text: "", page, quote: "", prefix: "", suffix: "", boxes: [], beyond: [], strokes: [], mine: true, revision: 0, ...more };
    const id = crypto.randomUUID?.() ?? uuid();
    note.digest = await digestOf(page);
    keep(id, note);
    return id;
  }

  const digestOf = async (page) => (await reader.pageTexts().catch(() => [])).find((one) => one.page === page)?.sha256 ?? "";

  /** What is selected in this paper, on one page or on into the next: page, words and boxes; null when nothing is. */
  function selected() {
    const range = selection;
    if (!range || range.collapsed) return null;
    const pageOf = (node) => (node.nodeType === 1 ? node : node.parentElement)?.closest(".page");
    const [first, last] = [pageOf(range.startContainer), pageOf(range.endContainer)];
    const layers = [first, last].map((page) => page?.querySelector(".textLayer"));
    if (!layers[0]) return null;
    const part = (layer_, from, to) => {
      const cut = range.cloneRange();
      if (from) cut.setStart(layer_, 0);
      if (to) cut.setEnd(layer_, layer_.childNodes.length);
      return { ...quoteOf(layer_, cut), page: numberOf(layer_.closest(".page")), boxes: layer.angle === 0 ? boxesOf(cut, layer_.closest(".page")) : [] };
    };
    if (first === last) {
      const found = part(layers[0], false, !layers[0].contains(range.endContainer));
      return found.quote ? found : null;
    }
    const isNext = layers[1] && numberOf(last) === numberOf(first) + 1;
    const head = part(layers[0], false, true);
    const tail = isNext ? part(layers[1], true, !layers[1].contains(range.endContainer)) : null;
    if (!isNext) tell(says.saysTwoPages);
    if (!tail?.quote) return head.quote ? head : null;
    if (!head.quote) return tail;
    const { page, boxes, prefix } = head;
    return { page, boxes, prefix, quote: `${head.quote} ${tail.quote}`, suffix: tail.suffix, beyond: [{ page: tail.page, boxes: tail.boxes }] };
  }

  const numberOf = (page) => Number(page.dataset.pageNumber);

  document.addEventListener("selectionchange", () => {
    const now = getSelection();
    if (now.rangeCount && !now.isCollapsed && reader.desk.contains(now.anchorNode)) selection = now.getRangeAt(0).cloneRange();
    else if (!bar.contains(document.activeElement)) selection = null;
  }, { signal: reader.signal });

  const beginMove = bindMove(find("move"), {
    selected,
    pageNow: () => reader.viewer.currentPageNumber,
    async put(id, place) {
      const note = notes.get(id);
      Object.assign(note, place, { digest: await digestOf(place.page) });
      clear();
      await keep(id, note);
    },
  });

  const pen = bindPen(reader, layer, () => colour, (page, strokes) => make("pen", { page, strokes }));

  const acts = {
    async highlight() {
      const words = selected();
      if (!words) return tell(says.saysSelect);
      await make("highlight", words);
      clear();
    },
    async text() {
      const words = selected() ?? {};
      clear();
      open(await make("text", words), true);
    },
    pen: () => {
      pen.toggle();
      bar.querySelector("[data-note-act=pen]").setAttribute("aria-pressed", String(pen.isOn));
    },
    bookmark: () => {
      const page = reader.viewer.currentPageNumber;
      const there = [...notes].find(([, one]) => one.mine && one.kind === "bookmark" && one.page === page && !one.removed);
      if (there) remove(there[0]);
      else make("bookmark", { page });
    },
    remove: () => remove(opened),
    undo() {
      if (!removed) return;
      keep(removed.id, { ...removed.note, removed: false });
      removed = null;
      undo.hidden = true;
    },
  };

  function clear() {
    getSelection().removeAllRanges();
    selection = null;
  }

  function remove(id) {
    const note = notes.get(id);
    if (!note?.mine) return;
    close();
    removed = { id, note: { ...note } };
    note.removed = true;
    keep(id, note);
    tell(says.saysRemoved);
    undo.hidden = false;
    undo.focus();
  }

  // --- one note ---------------------------------------------------------------------------------------------
  function open(id, focus = false) {
    const note = notes.get(id);
    if (!note) return;
    close();
    opened = id;
    layer.chosen = id;
    layer.drawNote(note);
    edit.hidden = false;
    press(note.colour);
    const where = pageWords(note);
    find("about").textContent = [kindOf(note), where, note.quote && `“${note.quote.slice(0, 120)}”`].filter(Boolean).join(" · ");
    text.value = note.text;
    text.readOnly = !note.mine;
    share.hidden = !note.mine || !says.share;
    share.href = says.share.replace("00000000-0000-0000-0000-000000000000", id);
    for (const button of edit.querySelectorAll("[data-note-act]")) button.hidden = !note.mine;
    if (focus) text.focus();
  }

  function keepText() {
    clearTimeout(timer);
    const note = notes.get(opened);
    if (!note?.mine || note.text === text.value) return;
    note.text = text.value;
    keep(opened, note);
  }

  function close() {
    keepText();
    leave();
  }

  function leave() {
    clearTimeout(timer);
    const note = notes.get(opened);
    opened = layer.chosen = "";
    edit.hidden = true;
    press(colour);
    if (note) layer.drawNote(note);
  }

  const pageWords = (note) => says.saysPage.replace("%(n)s", pagesOf(note).join("–"));
  const kindOf = (note) => says[`kind${note.kind[0].toUpperCase()}${note.kind.slice(1)}`] + (note.author ? ` · ${says.saysShared.replace("%(name)s", note.author)}` : "");

  /** The author has chosen between the note of this tablet and the one of another. */
  async function settle(item, choice) {
    const { id, theirs } = item;
    const revision = theirs["nt:revision"];
    const mine = item.next ?? item.flight;
    const wasOpen = opened === id;
    if (wasOpen) leave();
    if (choice === "mine") await queue.settle(id, revision, { version: mine.version, annotation: mine.annotation });
    else {
      show(id, theirs);
      await queue.settle(id, revision, null);
    }
    if (choice === "mine" && notes.has(id)) notes.get(id).revision = revision;
    if (choice === "both") {
      const own = crypto.randomUUID?.() ?? uuid();
      await keep(own, { ...read(mine.annotation), mine: true, revision: 0, version: mine.version });
    }
    layer.drawAll();
    list();
  }

  /** Put the server's state of a note in place of what is shown. */
  function show(id, kept) {
    if (kept["nt:removed"] || !kept.target) notes.delete(id);
    else notes.set(id, { ...read(kept), mine: true, revision: kept["nt:revision"], state: kept["nt:state"] });
  }

  /** The same note was kept on the other side of the desk, or in another tab: its words are the same here, its place is this version's. */
  function takeOver({ id, kept }) {
    const note = notes.get(id);
    if (queue.has(id)) return;
    if (kept["nt:removed"]) notes.delete(id);
    else if (note) Object.assign(note, { text: kept.body?.[0]?.value ?? "", colour: kept.target?.styleClass ?? note.colour, revision: kept["nt:revision"] });
    else if (kept.target?.["nt:version"] === version) show(id, kept);
    layer.drawAll();
    list();
  }

  // --- the list -------------------------------------------------------------------------------------------
  function list() {
    const place = reader.panel.place("notes");
    if (!place) return;
    const rows = [...notes].filter(([, note]) => !note.removed).sort(([, a], [, b]) => a.page - b.page);
    const lines = document.createElement("ol");
    lines.className = "n-list";
    for (const [id, note] of rows) {
      const line = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      const head = document.createElement("span");
      head.className = "n-page";
      const doubt = note.state === "doubt" ? ` · ${says.saysDoubt}` : "";
      head.textContent = `${pageWords(note)} · ${kindOf(note)}${doubt}`;
      button.append(head, note.text || note.quote);
      button.addEventListener("click", () => {
        const [box] = note.boxes;
        const view = reader.page(note.page);
        if (box && view?.viewport) {
          const { width, height } = view.viewport.clone({ scale: 1 });
          reader.goTo(note.page, { box: [(box[0] * width) / 100, (box[1] * height) / 100, (box[2] * width) / 100, (box[3] * height) / 100] });
        } else reader.goTo(note.page);
        if (note.state !== "doubt") open(id);
        else if (note.mine) beginMove(id, note);
      });
      line.append(button);
      const why = queue.refusal(id);
      if (why) line.append(refusedLine(id, why));
      lines.append(line);
    }
    const told = document.createElement("p");
    told.className = "s muted";
    told.textContent = rows.length ? says.saysPrivate : says.saysNone;
    place.replaceChildren(told, lines);
  }

  /** What the house did not take stays until its author gives it up. */
  function refusedLine(id, why) {
    const words = document.createElement("div");
    words.className = "n-refused s";
    const give = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: says.saysGiveUp });
    give.addEventListener("click", async () => {
      await queue.settle(id, 0, null);
      notes.delete(id);
      layer.drawAll();
      list();
    });
    words.append(Object.assign(document.createElement("p"), { textContent: says.saysRefused.replace("%(why)s", why) }), give);
    return words;
  }

  // --- tools ------------------------------------------------------------------------------------------------
  bar.addEventListener("pointerdown", (e) => {
    if (e.target.closest(".n-tools button")) e.preventDefault(); // the words stay selected
  });
  bar.addEventListener("click", (e) => {
    const act = e.target.closest("[data-note-act]")?.dataset.noteAct;
    if (act) acts[act]();
    const chosen = e.target.closest("[data-note-colour]");
    if (!chosen) return;
    colour = chosen.dataset.noteColour;
    press(colour);
    const note = notes.get(opened);
    if (note?.mine && note.colour !== colour) {
      note.colour = colour;
      keep(opened, note);
    }
  });
  /** Show a colour as the chosen one: that of the open note, or of the next. */
  function press(name) {
    for (const one of bar.querySelectorAll("[data-note-colour]")) one.setAttribute("aria-pressed", String(one.dataset.noteColour === name));
  }

  text.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keepText, PAUSE);
  });
  edit.addEventListener("submit", (e) => {
    e.preventDefault();
    close();
    reader.desk.focus({ preventScroll: true });
  });
  addEventListener("pagehide", keepText, { signal: reader.signal });
  reader.signal.addEventListener("abort", keepText); // the paper is put away
  reader.desk.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const act = { h: "highlight", k: "text", v: "pen", m: "bookmark" }[e.key];
    if (!act) return;
    e.preventDefault();
    acts[act]();
  });

  async function begin() {
    for (const one of await load()) {
      const id = one.id.replace("urn:uuid:", "");
      if (!notes.has(id)) notes.set(id, { ...read(one), mine: one["nt:mine"] ?? true, revision: one["nt:revision"], state: one["nt:state"], author: one.creator?.name });
    }
    for (const item of await queue.resume()) {
      if (item.annotation === null) notes.delete(item.id);
      else if (item.version === version) notes.set(item.id, { ...read(item.annotation), mine: true, revision: item.revision, state: "placed" });
    }
    await reader.opened;
    layer.drawAll();
    list();
    const asked = reader.isFirst && new URLSearchParams(location.search).get("gan"); // from the tray: where does it belong?
    const note = asked && notes.get(asked);
    if (note?.mine && note.state === "doubt") beginMove(asked, note);
  }

  bar.hidden = false;
  const tab = reader.root.querySelector("[data-panel-tab=notes]");
  if (tab) tab.hidden = false;
  const ready = begin();
  return { notes, queue, layer, ready, close };
}

/** Where randomUUID is missing (a page without https): the same from random numbers. */
function uuid() {
  const hex = [...crypto.getRandomValues(new Uint8Array(16))];
  hex[6] = (hex[6] & 15) | 64;
  hex[8] = (hex[8] & 63) | 128;
  const all = hex.map((n) => n.toString(16).padStart(2, "0")).join("");
  return all.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}
