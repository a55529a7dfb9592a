// The reader of papers: pdf.js draws, this module ties it to our page. At most three pages are kept drawn.
import * as pdfjs from "../vendor/pdfjs/pdf.min.mjs";
import { EventBus, PDFFindController, PDFLinkService, PDFViewer } from "../vendor/pdfjs/pdf_viewer.mjs";
import { rememberPage } from "./reader-progress.js";
import { printPages } from "./reader-print.js";

const KEPT = 3;
const desk = document.querySelector("[data-reader]");
const tools = document.querySelector("[data-reader-tools]");
const note = document.querySelector("[data-reader-note]");
const count = document.querySelector("[data-reader-count]");
const say = (sentence, n) => sentence.replace("%(n)s", n);

/** pdf.js asks for words in many places; ours are few and come with the page. */
const words = {
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
};

const eventBus = new EventBus();
const linkService = new PDFLinkService({ eventBus, externalLinkTarget: 2, externalLinkRel: "noopener noreferrer" });
const findController = new PDFFindController({ eventBus, linkService });
const viewer = new PDFViewer({
  container: desk,
  viewer: desk.querySelector("[data-reader-pages]"),
  eventBus,
  linkService,
  findController,
  l10n: words,
  annotationMode: pdfjs.AnnotationMode.ENABLE,
  maxCanvasPixels: 2 ** 23, // 32 MB a page: a tablet holds three
  imageResourcesPath: `${desk.dataset.parts}images/`,
});
linkService.setViewer(viewer);

function keepFew() {
  const visible = viewer._getVisiblePages();
  const keep = new Set(visible.ids);
  const last = visible.last?.id ?? viewer.currentPageNumber;
  const first = visible.first?.id ?? viewer.currentPageNumber;
  for (const id of viewer.scroll.down ? [last + 1, first - 1] : [first - 1, last + 1]) {
    if (keep.size < KEPT) keep.add(id);
  }
  for (let i = 0; i < viewer.pagesCount; i++) {
    const view = viewer.getPageView(i);
    if (!keep.has(view.id) && view.div.querySelector("canvas")) view.destroy();
  }
}

function showPage(page) {
  const field = tools.querySelector("#trang");
  if (document.activeElement !== field) field.value = page;
  count.lastChild.textContent = ` ${page} / ${viewer.pagesCount}`;
}

const fitted = tools.querySelector("[data-reader-act=width]");
const acts = {
  smaller: () => viewer.decreaseScale(),
  larger: () => viewer.increaseScale(),
  width: () => (viewer.currentScaleValue = "page-width"),
  find: () => openFind(),
  print: () => printPages(viewer, document.querySelector("[data-reader-print]"), (n) => say(desk.dataset.saysPrinting, n)),
};

tools.addEventListener("click", (e) => {
  const act = e.target.closest("[data-reader-act]")?.dataset.readerAct;
  if (act) acts[act]();
});
tools.querySelector("[data-reader-jump]").addEventListener("submit", (e) => {
  e.preventDefault();
  const page = Math.min(Math.max(Number.parseInt(e.target.trang.value, 10) || 1, 1), viewer.pagesCount);
  viewer.currentPageNumber = page;
  e.target.trang.value = page;
  desk.focus();
});

// --- Find -----------------------------------------------------------------------------------------
const find = document.querySelector("[data-reader-find]");
const query = find.querySelector("input");
const found = find.querySelector("[data-find-count]");

function search(type, findPrevious = false) {
  eventBus.dispatch("find", {
    source: window, type, query: query.value, phraseSearch: true, caseSensitive: false, entireWord: false,
    highlightAll: true, findPrevious, matchDiacritics: false,
  });
}
function openFind() {
  find.hidden = false;
  query.focus();
  query.select();
}
function closeFind() {
  find.hidden = true;
  found.value = "";
  eventBus.dispatch("findbarclose", { source: window });
  desk.focus();
}
find.addEventListener("submit", (e) => {
  e.preventDefault();
  search("again");
});
query.addEventListener("input", () => search(""));
find.addEventListener("click", (e) => {
  const act = e.target.closest("[data-find]")?.dataset.find;
  if (act === "previous") search("again", true);
  if (act === "close") closeFind();
});
find.addEventListener("keydown", (e) => {
  if (e.key === "Escape") {
    e.stopPropagation();
    closeFind();
  }
});
const showFound = ({ matchesCount }) => {
  if (!query.value) found.value = "";
  else found.value = matchesCount.total ? `${matchesCount.current} / ${matchesCount.total}` : desk.dataset.saysNone;
};
eventBus.on("updatefindmatchescount", showFound);
eventBus.on("updatefindcontrolstate", showFound);
document.addEventListener("keydown", (e) => {
  if ((e.ctrlKey || e.metaKey) && e.key === "f") {
    e.preventDefault();
    openFind();
  }
});

// --- Keyboard, wheel, fingers -------------------------------------------------------------------------
desk.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const moves = {
    ArrowRight: () => viewer.nextPage(), ArrowLeft: () => viewer.previousPage(),
    n: () => viewer.nextPage(), p: () => viewer.previousPage(),
    Home: () => (viewer.currentPageNumber = 1), End: () => (viewer.currentPageNumber = viewer.pagesCount),
  };
  if (!moves[e.key]) return;
  e.preventDefault();
  moves[e.key]();
});
desk.addEventListener(
  "wheel",
  (e) => {
    if (!e.ctrlKey) return;
    e.preventDefault();
    viewer.updateScale({ scaleFactor: Math.exp(-e.deltaY / 100), drawingDelay: 400, origin: [e.clientX, e.clientY] });
  },
  { passive: false },
);
new pdfjs.TouchManager({
  container: desk,
  signal: new AbortController().signal,
  onPinching: (origin, before, now) =>
    viewer.updateScale({ scaleFactor: now / before, drawingDelay: 400, origin }),
});

// --- Open -------------------------------------------------------------------------------------------------
eventBus.on("pagesinit", () => {
  viewer.currentScaleValue = "page-width";
  viewer.currentPageNumber = Math.min(Number(desk.dataset.page) || 1, viewer.pagesCount);
  note.hidden = true;
  desk.dataset.ready = "";
});
eventBus.on("pagechanging", ({ pageNumber }) => {
  showPage(pageNumber);
  keepFew();
});
eventBus.on("pagerendered", keepFew);
eventBus.on("scalechanging", ({ presetValue }) => fitted.setAttribute("aria-pressed", String(presetValue === "page-width")));
addEventListener("resize", () => {
  if (viewer.currentScaleValue === "page-width") viewer.currentScaleValue = "page-width";
});
rememberPage(desk, eventBus);

pdfjs.GlobalWorkerOptions.workerSrc = desk.dataset.worker;
try {
  const paper = await pdfjs.getDocument({
    url: desk.dataset.src,
    isEvalSupported: false,
    enableXfa: false,
    disableAutoFetch: true, // read the pages that are looked at
    disableStream: true,
    rangeChunkSize: 2 ** 17,
    standardFontDataUrl: `${desk.dataset.parts}standard_fonts/`,
    wasmUrl: `${desk.dataset.parts}wasm/`,
    iccUrl: `${desk.dataset.parts}iccs/`,
  }).promise;
  viewer.setDocument(paper);
  linkService.setDocument(paper, null);
  desk.focus({ preventScroll: true });
} catch (fault) {
  console.error(fault);
  desk.hidden = true;
  note.querySelector("[data-reader-waiting]").hidden = true;
  note.querySelector("[data-reader-failed]").hidden = false;
}
