// The side panel: pages as small pictures, the outline, notes, hits of a search. One of its tabs shows at a time.

const SMALL = 140; // CSS pixels a small picture is wide when it is drawn here

export class Panel {
  #filled = new Set();
  #watch;

  constructor(pane) {
    this.pane = pane;
    this.element = pane.root.querySelector("[data-panel]");
    this.tabs = [...this.element.querySelectorAll("[data-panel-tab]")];
    for (const tab of this.tabs) tab.addEventListener("click", () => this.show(tab.dataset.panelTab));
    this.element.addEventListener("keydown", (e) => this.#move(e));
    this.element.querySelector("[data-panel-close]").addEventListener("click", () => this.hide());
    pane.find.bindList(this.place("find"));
    pane.eventBus.on("pagechanging", ({ pageNumber }) => this.#mark(pageNumber));
    pane.signal.addEventListener("abort", () => this.#watch?.disconnect());
  }

  get isOpen() {
    return !this.element.hidden;
  }

  get tab() {
    return this.tabs.find((one) => one.getAttribute("aria-selected") === "true").dataset.panelTab;
  }

  /** The element that a tab shows: "pages", "outline", "notes", "find". */
  place(name) {
    return this.element.querySelector(`[data-panel-of="${name}"]`);
  }

  /** Open the panel on a tab; `focus` moves there. */
  show(name = this.tab, { focus = false } = {}) {
    this.element.hidden = false;
    for (const tab of this.tabs) {
      const isChosen = tab.dataset.panelTab === name;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      this.place(tab.dataset.panelTab).hidden = !isChosen;
      if (isChosen && focus) tab.focus();
    }
    this.#tellOpen();
    this.#fill(name);
  }

  hide() {
    const hadFocus = this.element.contains(document.activeElement);
    this.element.hidden = true;
    this.#tellOpen();
    if (hadFocus) this.pane.desk.focus({ preventScroll: true });
  }

  toggle() {
    if (this.isOpen) this.hide();
    else this.show(this.tab, { focus: true });
  }

  // "panel" tells its tab, or "" when it closes
  #tellOpen() {
    this.element.dispatchEvent(new CustomEvent("panel", { bubbles: true, detail: this.isOpen ? this.tab : "" }));
    const open = this.pane.root.querySelector("[data-reader-act=panel]");
    open?.setAttribute("aria-expanded", String(this.isOpen));
    this.pane.root.toggleAttribute("data-panel-open", this.isOpen);
  }

  #move(e) {
    if (!e.target.matches("[data-panel-tab]")) return;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!step) return;
    e.preventDefault();
    const all = this.tabs.filter((tab) => !tab.hidden);
    const next = all[(all.indexOf(e.target) + step + all.length) % all.length];
    this.show(next.dataset.panelTab, { focus: true });
  }

  async #fill(name) {
    if (this.#filled.has(name) || !["pages", "outline"].includes(name)) return this.#mark(this.pane.viewer.currentPageNumber);
    this.#filled.add(name);
    await this.pane.opened;
    if (this.pane.signal.aborted) return;
    if (name === "pages") this.#fillPages();
    else await this.#fillOutline();
    this.#mark(this.pane.viewer.currentPageNumber);
  }

  // --- pages --------------------------------------------------------------------------------------------------

  #fillPages() {
    const { pane } = this;
    const list = document.createElement("ol");
    list.className = "r-thumbs";
    this.#watch = new IntersectionObserver((seen) => {
      for (const { target, isIntersecting } of seen) if (isIntersecting) this.#picture(target);
    }, { root: this.place("pages"), rootMargin: "200px" });
    for (let n = 1; n <= pane.viewer.pagesCount; n++) {
      const row = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.page = n;
      button.setAttribute("aria-label", pane.desk.dataset.saysPage.replace("%(n)s", n));
      const sheet = document.createElement("span");
      sheet.className = "r-thumb";
      const number = document.createElement("span");
      number.className = "num";
      number.textContent = n;
      button.append(sheet, number);
      row.append(button);
      list.append(row);
      this.#watch.observe(button);
    }
    list.addEventListener("click", (e) => {
      const button = e.target.closest("[data-page]");
      if (button) this.#leadTo(Number(button.dataset.page));
    });
    this.place("pages").replaceChildren(list);
  }

  async #picture(button) {
    const { pane } = this;
    const sheet = button.querySelector(".r-thumb");
    if (sheet.childElementCount) return;
    this.#watch.unobserve(button);
    const n = Number(button.dataset.page);
    const picture = new Image();
    picture.alt = "";
    picture.decoding = "async";
    sheet.append(picture);
    if (pane.hasPicture(n)) picture.src = pane.thumbUrl(n);
    else picture.src = await this.#draw(n);
  }

  #line = Promise.resolve(); // one small picture after the other, so that the page itself is drawn first

  #draw(n) {
    const drawn = this.#line.then(async () => {
      if (this.pane.signal.aborted) return "";
      const page = await this.pane.pdf.getPage(n);
      const width = page.getViewport({ scale: 1 }).width;
      const viewport = page.getViewport({ scale: SMALL / width });
      const canvas = document.createElement("canvas");
      canvas.width = viewport.width;
      canvas.height = viewport.height;
      await page.render({ canvas, viewport }).promise;
      const blob = await new Promise((done) => canvas.toBlob(done, "image/webp", 0.8));
      canvas.width = canvas.height = 0;
      if (!this.pane.page(n)?.canvas) page.cleanup();
      const url = URL.createObjectURL(blob);
      this.pane.signal.addEventListener("abort", () => URL.revokeObjectURL(url));
      return url;
    });
    this.#line = drawn.catch(() => {});
    return drawn;
  }

  #mark(n) {
    if (!this.isOpen) return;
    for (const button of this.place("pages").querySelectorAll("[data-page]")) {
      const isHere = Number(button.dataset.page) === n;
      if (isHere === button.hasAttribute("aria-current")) continue;
      if (isHere) {
        button.setAttribute("aria-current", "page");
        button.scrollIntoView({ block: "nearest" });
      } else button.removeAttribute("aria-current");
    }
    let last = null;
    for (const link of this.place("outline").querySelectorAll("[data-page]")) {
      link.removeAttribute("aria-current");
      if (Number(link.dataset.page) <= n) last = link;
    }
    last?.setAttribute("aria-current", "true");
  }

  /** Go to a page; a panel that lies over the paper makes room for it. */
  #leadTo(n) {
    this.pane.goTo(n);
    if (getComputedStyle(this.element).position === "absolute") this.hide();
  }

  // --- outline --------------------------------------------------------------------------------------------------

  async #fillOutline() {
    const place = this.place("outline");
    const told = place.querySelector("script[type='application/json']");
    let lines = told ? JSON.parse(told.textContent) : [];
    if (!lines.length) lines = await this.#outlineOfPaper();
    if (!lines.length) {
      const none = document.createElement("p");
      none.className = "muted s";
      none.textContent = this.pane.desk.dataset.saysNoOutline;
      place.replaceChildren(none);
      return;
    }
    const list = document.createElement("ol");
    list.className = "r-outline";
    for (const { title, page, level } of lines) {
      const row = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.page = page;
      button.dataset.level = Math.min(level || 1, 4);
      const words = document.createElement("span");
      words.textContent = title;
      const number = document.createElement("span");
      number.className = "num muted";
      number.textContent = page;
      button.append(words, number);
      row.append(button);
      list.append(row);
    }
    list.addEventListener("click", (e) => {
      const button = e.target.closest("[data-page]");
      if (button) this.#leadTo(Number(button.dataset.page));
    });
    place.replaceChildren(list);
  }

  async #outlineOfPaper() {
    const { pdf } = this.pane;
    const lines = [];
    const walk = async (nodes, level) => {
      for (const { title, dest, items } of nodes ?? []) {
        const page = await pageOf(pdf, dest);
        if (page && title.trim()) lines.push({ title: title.trim(), page, level });
        if (lines.length < 500) await walk(items, level + 1);
      }
    };
    await walk(await pdf.getOutline().catch(() => null), 1);
    return lines;
  }
}

async function pageOf(pdf, dest) {
  try {
    const explicit = typeof dest === "string" ? await pdf.getDestination(dest) : dest;
    const target = explicit?.[0];
    if (Number.isInteger(target)) return target + 1;
    return target ? (await pdf.getPageIndex(target)) + 1 : 0;
  } catch {
    return 0;
  }
}
