// One paper on the desk: pdf.js draws it, and this object is what everything else of the reader hangs on.
import * as pdfjs from "../../vendor/pdfjs/pdf.min.mjs";
import { EventBus, PDFLinkService, PDFViewer } from "../../vendor/pdfjs/pdf_viewer.mjs";
import { keepFew, PIXELS } from "./canvases.js";
import { Find } from "./find.js";
import { First } from "./first.js";
import { PIECE, piecesOf } from "./pieces.js";
import { rememberPage } from "./progress.js";
import { Panel } from "./panel.js";
import { bindTools } from "./tools.js";
import { watchState } from "./withdrawn.js";

/** A sentence with its number in place of %(n)s. */
export const say = (sentence, n) => sentence.replace("%(n)s", n);

let worker;

/** pdf.js's worker, one for all papers of the page. */
function sharedWorker(source) {
  pdfjs.GlobalWorkerOptions.workerSrc ||= source;
  worker ??= new pdfjs.PDFWorker();
  return worker;
}

/** pdf.js asks for words in many places; ours are few and come with the page. */
const wordsOf = (desk) => ({
  getLanguage: () => document.documentElement.lang,
  getDirection: () => "ltr",
  get: async () => "",
  translate: async (root) => {
    for (const page of root.querySelectorAll(".page[data-page-number]")) {
      page.setAttribute("aria-label", say(desk.dataset.saysPage, page.dataset.pageNumber));
    }
  },
  translateOnce: async () => {},
  destroy: async () => {},
  pause() {},
  resume() {},
});

/**
 * The reader of one paper. `root` is the element of documents/_pane.html.
 *
 * What others use: `viewer`, `eventBus`, `pdf`, `desk`, `root`, `document` ({id, version, pages, title}), `page(n)`,
 * `textLayerOf(n)`, `goTo(page, {words, box})`, `pageTexts()`, `panel` (`panel.place("notes")`, `panel.show("notes")`),
 * `slot(name)`, `open(source)`, `signal` (aborted when the paper is put away).
 */
export class Pane {
  #ending = new AbortController();
  #texts;
  #task;

  constructor(root, { kept } = {}) {
    this.root = root;
    this.desk = root.querySelector("[data-reader]");
    this.signal = this.#ending.signal;
    const { paper, version, pages, title } = this.desk.dataset;
    this.document = { id: paper, version: Number(version), pages: Number(pages), title };
    this.pdf = null;

    this.eventBus = new EventBus();
    this.links = new PDFLinkService({
      eventBus: this.eventBus, externalLinkTarget: 2, externalLinkRel: "noopener noreferrer",
    });
    this.find = new Find(this);
    this.viewer = new PDFViewer({
      container: this.desk,
      viewer: this.desk.querySelector("[data-reader-pages]"),
      eventBus: this.eventBus,
      linkService: this.links,
      findController: this.find.lights,
      l10n: wordsOf(this.desk),
      annotationMode: pdfjs.AnnotationMode.ENABLE,
      maxCanvasPixels: PIXELS,
      imageResourcesPath: `${this.desk.dataset.parts}images/`,
      supportsPinchToZoom: false, // ours, in tools.js
      abortSignal: this.signal,
    });
    this.links.setViewer(this.viewer);
    this.first = new First(this);
    this.budget = keepFew(this, kept);
    this.panel = new Panel(this);
    bindTools(this);
    rememberPage(this);
    watchState(this);
    this.#bindOpening();
  }

  // --- the paper ---------------------------------------------------------------------------------------------

  /** Read the paper: by its address, or from bytes that are here already (a Uint8Array). Shows words when it fails. */
  async open(source = this.desk.dataset.src) {
    const { parts } = this.desk.dataset;
    try {
      const bytes = source instanceof Uint8Array ? { data: source } : await piecesOf(String(source), this.signal);
      this.#task = pdfjs.getDocument({
        ...bytes,
        worker: sharedWorker(this.desk.dataset.worker),
        isEvalSupported: false,
        enableXfa: false,
        disableAutoFetch: true, // read the pages that are looked at
        disableStream: true,
        rangeChunkSize: PIECE,
        standardFontDataUrl: `${parts}standard_fonts/`,
        wasmUrl: `${parts}wasm/`,
        iccUrl: `${parts}iccs/`,
      });
      const pdf = await this.#task.promise;
      if (this.signal.aborted) return;
      this.pdf = pdf;
      this.viewer.setDocument(this.pdf);
      this.links.setDocument(this.pdf, null);
      await this.viewer.firstPagePromise;
    } catch (fault) {
      if (this.signal.aborted) return;
      console.error(fault);
      this.desk.hidden = true;
      const note = this.root.querySelector("[data-reader-note]");
      note.hidden = false;
      note.querySelector("[data-reader-waiting]").hidden = true;
      note.querySelector("[data-reader-failed]").hidden = false;
      throw fault;
    }
  }

  /** Put the paper away and give its memory back. */
  close() {
    this.#ending.abort();
    this.viewer.setDocument(null);
    this.links.setDocument(null);
    this.#task?.destroy();
    this.pdf = null;
  }

  /** Page `n` as pdf.js shows it: `div`, `viewport`, `canvas`. */
  page(n) {
    return this.viewer.pagesCount ? this.viewer.getPageView(n - 1) : undefined;
  }

  /** The element with the words of page `n`, null while it is not drawn. */
  textLayerOf(n) {
    return this.page(n)?.textLayer?.div ?? null;
  }

  /**
   * Show page `n`; with `words` lit on it, or with `box` ([x, y, width, height] in PDF points from the upper left
   * corner of the page as displayed) brought into sight.
   */
  goTo(n, { words = "", box = null } = {}) {
    const page = Math.min(Math.max(n, 1), this.viewer.pagesCount || 1);
    if (words) this.find.open(words, page);
    if (!box) this.viewer.currentPageNumber = page;
    else this.#bring(page, box);
  }

  async #bring(page, [x, y, width, height]) {
    const view = this.page(page);
    if (!view.pdfPage) view.setPdfPage(await this.pdf.getPage(page)); // its true size, before its place is told
    const times = view.viewport.width / view.viewport.clone({ scale: 1 }).width;
    const factor = times * view.viewport.clone({ scale: 1 }).scale;
    const room = Math.max(24, (this.desk.clientHeight - height * factor) / 3);
    this.desk.scrollTo({
      top: Math.max(0, view.div.offsetTop + y * factor - room),
      left: Math.max(0, view.div.offsetLeft + (x + width / 2) * factor - this.desk.clientWidth / 2),
    });
  }

  /**
   * What every page says: [{page, width, height, text, sha256}, …] in order. The server's, which carry digests; pages
   * that it does not know yet are read from the paper and have `sha256: ""`.
   */
  pageTexts() {
    this.#texts ??= this.#readTexts().catch((fault) => {
      this.#texts = null;
      throw fault;
    });
    return this.#texts;
  }

  async #readTexts() {
    let known = [];
    if (this.desk.dataset.texts) {
      const answer = await fetch(this.desk.dataset.texts, { signal: this.signal }).catch(() => null);
      if (answer?.ok) known = await answer.json();
    }
    const byPage = new Map(known.map((one) => [one.page, one]));
    const texts = [];
    for (let n = 1; n <= this.document.pages; n++) texts.push(byPage.get(n) ?? (await this.#textFromPaper(n)));
    if (known.length < this.document.pages) setTimeout(() => (this.#texts = null), 30_000); // ask the server again
    return texts;
  }

  async #textFromPaper(n) {
    await this.opened;
    const page = await this.pdf.getPage(n);
    const { width, height } = page.getViewport({ scale: 1 });
    const { items } = await page.getTextContent();
    const text = items.map((item) => (item.str ?? "") + (item.hasEOL ? "\n" : "")).join("").normalize("NFC");
    if (!this.page(n)?.canvas) page.cleanup();
    return { page: n, width, height, text, sha256: "" };
  }

  // --- pictures that the server made --------------------------------------------------------------------------

  /** Whether there is a picture of page `n`; they are drawn from the first page on. */
  hasPicture(n) {
    return n <= Number(this.desk.dataset.pictures || 0);
  }

  imageUrl(n) {
    return this.desk.dataset.image.replace("/0.webp", `/${n}.webp`);
  }

  thumbUrl(n) {
    return this.desk.dataset.thumb.replace("/0.webp", `/${n}.webp`);
  }

  // --- places for others ---------------------------------------------------------------------------------------

  /**
   * An element that another part of the reader fills: "note-tools", "listen", "menu"; of the page, and so of its first
   * paper only, "banner" and "count". Null where there is none.
   */
  slot(name) {
    const own = this.root.querySelector(`[data-reader-slot="${name}"]`);
    return own ?? (this.isFirst ? document.querySelector(`[data-reader-slot="${name}"]`) : null);
  }

  /** Whether this is the page's paper, and not one laid beside it. */
  get isFirst() {
    return this.root === document.querySelector("[data-pane]");
  }

  // --- opening ---------------------------------------------------------------------------------------------------

  #bindOpening() {
    const { eventBus, viewer, desk, root, first } = this;
    this.opened = new Promise((done) => eventBus.on("pagesinit", done, { once: true }));
    eventBus.on("pagesinit", () => {
      viewer.currentScaleValue = "page-width";
      viewer.currentPageNumber = Math.min(Number(desk.dataset.page) || 1, viewer.pagesCount);
      root.querySelector("[data-reader-note]").hidden = true;
      desk.dataset.ready = "";
      desk.dataset.drawn = "";
      first.handOver();
    });
    let wide = desk.clientWidth;
    const watch = new ResizeObserver(() => {
      if (desk.clientWidth === wide) return;
      wide = desk.clientWidth;
      if (["page-width", "page-fit"].includes(viewer.currentScaleValue)) viewer.currentScaleValue = viewer.currentScaleValue;
    });
    watch.observe(desk);
    this.signal.addEventListener("abort", () => watch.disconnect());
  }
}
