// Find in the paper: several words, marks optional; hits by page with the words around them, lit on the page.
import { asked, foldWithPlaces, places } from "./fold.js";

const AROUND = 48; // letters of the page shown on either side of a hit
const MOST = 500; // hits in the list
const PAUSE = 180; // ms of typing before the search begins

/** Where the words are on a page that is drawn: what pdf.js's highlighter asks a find controller for. */
class Lights {
  highlightMatches = false;
  state = { highlightAll: true };
  selected = { pageIdx: -1, matchIdx: -1 };
  pageMatches = [];
  pageMatchesLength = [];
  #scrolls = false;

  constructor(find) {
    this.find = find;
  }

  setDocument() {}

  select(pageIdx, matchIdx) {
    this.selected = { pageIdx, matchIdx };
    this.#scrolls = true;
  }

  scrollMatchIntoView({ element, pageIndex, matchIndex }) {
    if (!this.#scrolls || !element) return;
    if (pageIndex !== this.selected.pageIdx || matchIndex !== this.selected.matchIdx) return;
    this.#scrolls = false;
    const { desk } = this.find.pane;
    const [word, frame] = [element.getBoundingClientRect(), desk.getBoundingClientRect()];
    desk.scrollTop += word.top - frame.top - frame.height / 3;
    if (word.left < frame.left || word.right > frame.right) desk.scrollLeft += word.left - frame.left - frame.width / 3;
  }
}

export class Find {
  #run = 0;
  #timer;
  #asked = null;
  #searched = "";
  #hits = [];
  #current = -1;
  #folded = new Map();

  constructor(pane) {
    this.pane = pane;
    this.lights = new Lights(this);
    this.bar = pane.root.querySelector("[data-reader-find]");
    this.field = this.bar.querySelector("input[type=search]");
    this.count = this.bar.querySelector("[data-find-count]");
    this.marks = this.bar.querySelector("[data-find=marks]");
    this.#bind();
  }

  get isOpen() {
    return !this.bar.hidden;
  }

  /** Open the bar; with `words` search at once, and begin on `page`. */
  open(words, page = 0) {
    this.bar.hidden = false;
    if (words === undefined) {
      this.field.focus();
      this.field.select();
      return;
    }
    this.field.value = words;
    this.search(page);
  }

  close() {
    this.bar.hidden = true;
    this.#clear();
    this.pane.desk.focus({ preventScroll: true });
  }

  next(step = 1) {
    if (!this.#hits.length) return;
    this.#choose((this.#current + step + this.#hits.length) % this.#hits.length);
  }

  async search(page = 0) {
    clearTimeout(this.#timer);
    const run = ++this.#run;
    this.#searched = this.field.value;
    const keepMarks = this.marks.getAttribute("aria-pressed") === "true";
    const wanted = asked(this.field.value, keepMarks);
    if (!wanted.words.length && !wanted.phrases.length) return this.#clear();
    this.#asked = { ...wanted, keepMarks };
    const { pane } = this;
    const slow = setTimeout(() => (this.count.value = pane.desk.dataset.saysSearching), 300);
    let texts;
    try {
      texts = await pane.pageTexts();
      await pane.opened;
    } catch {
      texts = [];
    }
    clearTimeout(slow);
    if (run !== this.#run) return;
    this.#hits = texts.flatMap(({ page: n, text }) =>
      places(this.#fold(n, text, keepMarks), wanted).map(([start, end], index) => ({ page: n, index, text, start, end })),
    );
    this.lights.highlightMatches = true;
    this.#current = -1;
    await this.#lightAll();
    this.#list();
    if (!this.#hits.length) return this.#tell();
    const from = page || pane.viewer.currentPageNumber;
    const first = this.#hits.findIndex((hit) => hit.page >= from);
    this.#choose(Math.max(first, 0));
  }

  // --- the hits ---------------------------------------------------------------------------------------------

  #fold(n, text, keepMarks) {
    const key = `${n}:${keepMarks}`;
    const kept = this.#folded.get(key);
    if (kept?.text === text) return kept;
    const made = { text, ...foldWithPlaces(text, keepMarks) };
    this.#folded.set(key, made);
    return made;
  }

  #choose(n) {
    this.#current = n;
    const hit = this.#hits[n];
    const { viewer } = this.pane;
    this.lights.select(hit.page - 1, hit.index);
    if (!viewer._getVisiblePages().ids.has(hit.page) || !this.pane.textLayerOf(hit.page)) viewer.currentPageNumber = hit.page;
    this.pane.eventBus.dispatch("updatetextlayermatches", { source: this, pageIndex: -1 });
    this.#tell();
    for (const link of this.#links()) {
      const isHere = Number(link.dataset.hit) === n;
      link.toggleAttribute("aria-current", isHere);
      if (isHere) link.scrollIntoView({ block: "nearest" });
    }
  }

  #tell() {
    const { desk } = this.pane;
    this.count.value = this.#hits.length ? `${this.#current + 1} / ${this.#hits.length}` : desk.dataset.saysNone;
  }

  #links() {
    return this.pane.panel.place("find")?.querySelectorAll("[data-hit]") ?? [];
  }

  #list() {
    const place = this.pane.panel.place("find");
    if (!place) return;
    const { saysPage, saysNone, saysHits } = this.pane.desk.dataset;
    const list = document.createElement("ol");
    list.className = "r-hits";
    let last = 0;
    for (const [n, hit] of this.#hits.slice(0, MOST).entries()) {
      const row = document.createElement("li");
      if (hit.page !== last) {
        const head = document.createElement("p");
        head.className = "r-hits-page";
        head.textContent = saysPage.replace("%(n)s", hit.page);
        row.append(head);
        last = hit.page;
      }
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.hit = n;
      const mark = document.createElement("mark");
      mark.textContent = hit.text.slice(hit.start, hit.end);
      const before = hit.text.slice(Math.max(0, hit.start - AROUND), hit.start);
      const after = hit.text.slice(hit.end, hit.end + AROUND);
      button.append(hit.start > AROUND ? "… " : "", before, mark, after, hit.end + AROUND < hit.text.length ? " …" : "");
      row.append(button);
      list.append(row);
    }
    const told = document.createElement("p");
    told.className = "muted s";
    told.textContent = this.#hits.length ? saysHits.replace("%(n)s", this.#hits.length) : saysNone;
    place.replaceChildren(told, list);
  }

  #clear() {
    clearTimeout(this.#timer);
    this.#run++;
    this.#asked = null;
    this.#hits = [];
    this.#current = -1;
    this.count.value = "";
    this.lights.highlightMatches = false;
    this.lights.pageMatches = [];
    this.pane.eventBus.dispatch("updatetextlayermatches", { source: this, pageIndex: -1 });
    this.pane.panel.place("find")?.replaceChildren();
  }

  // --- the light on the page -----------------------------------------------------------------------------------

  async #lightAll() {
    this.lights.pageMatches = [];
    const { viewer } = this.pane;
    const drawn = [];
    for (let n = 1; n <= viewer.pagesCount; n++) if (this.pane.textLayerOf(n)) drawn.push(n);
    await Promise.all(drawn.map((n) => this.#light(n)));
    this.pane.eventBus.dispatch("updatetextlayermatches", { source: this, pageIndex: -1 });
  }

  /** Find the places of page `n` in the very pieces of text that lie over its picture. */
  async #light(n) {
    const wanted = this.#asked;
    const view = this.pane.page(n);
    if (!wanted || !view?.pdfPage) return;
    const { items } = await view.pdfPage.getTextContent({ includeMarkedContent: true, disableNormalization: true });
    if (wanted !== this.#asked) return;
    let text = "";
    const at = []; // places in the joined pieces, which know no line ends, of each letter of `text`
    let joined = 0;
    for (const { str, hasEOL } of items) {
      if (str === undefined) continue;
      for (let i = 0; i < str.length; i++) at.push(joined + i);
      text += str;
      joined += str.length;
      if (hasEOL) {
        text += "\n";
        at.push(joined);
      }
    }
    at.push(joined);
    const found = places(foldWithPlaces(text, wanted.keepMarks), wanted);
    this.lights.pageMatches[n - 1] = found.map(([start]) => at[start]);
    this.lights.pageMatchesLength[n - 1] = found.map(([start, end]) => at[end - 1] + 1 - at[start]);
  }

  // --- the bar ---------------------------------------------------------------------------------------------------

  #bind() {
    const { bar, field, pane } = this;
    bar.addEventListener("submit", (e) => {
      e.preventDefault();
      if (this.#hits.length && this.#searched === field.value) this.next();
      else this.search();
    });
    field.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.search(), PAUSE);
    });
    bar.addEventListener("click", (e) => {
      const act = e.target.closest("[data-find]")?.dataset.find;
      if (act === "previous") this.next(-1);
      if (act === "close") this.close();
      if (act === "list") pane.panel.show("find");
      if (act === "marks") {
        this.marks.setAttribute("aria-pressed", String(this.marks.getAttribute("aria-pressed") !== "true"));
        this.search();
      }
    });
    bar.addEventListener("keydown", (e) => {
      if (e.key === "Enter" && e.shiftKey) {
        e.preventDefault();
        this.next(-1);
      }
    });
    pane.eventBus.on("textlayerrendered", async ({ pageNumber }) => {
      if (!this.#asked) return;
      await this.#light(pageNumber);
      pane.eventBus.dispatch("updatetextlayermatches", { source: this, pageIndex: pageNumber - 1 });
    });
  }

  /** The list's own clicks; the panel is made after the find. */
  bindList(place) {
    place.addEventListener("click", (e) => {
      const hit = e.target.closest("[data-hit]");
      if (hit) this.#choose(Number(hit.dataset.hit));
    });
  }
}
