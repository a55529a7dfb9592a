// The tools of one paper: jump, zoom, fit, rotate, print; keys, wheel, fingers.
import { TouchManager } from "../../vendor/pdfjs/pdf.min.mjs";
import { say } from "./pane.js";
import { printPages } from "./print.js";
import { toggleNight } from "./night.js";

const LARGEST = 8;

export function bindTools(pane) {
  const { root, desk, viewer, eventBus, signal } = pane;
  const tools = root.querySelector("[data-reader-tools]");
  const jump = tools.querySelector("[data-reader-jump]");
  const [field, ofAll] = [jump.elements.trang, jump.querySelector("[data-reader-pages-count]")];
  const count = pane.slot("count");
  const fits = { width: "page-width", page: "page-fit" };

  const acts = {
    smaller: () => zoom(1 / 1.2),
    larger: () => zoom(1.2),
    width: () => (viewer.currentScaleValue = "page-width"),
    page: () => (viewer.currentScaleValue = "page-fit"),
    rotate: () => (viewer.pagesRotation += 90),
    night: () => toggleNight(),
    find: () => pane.find.open(),
    panel: () => pane.panel.toggle(),
    notes: () => pane.panel.show("notes", { focus: true }),
    print: () => printPages(pane.pdf, document.querySelector("[data-reader-print]"), (n) => say(desk.dataset.saysPrinting, n)),
    next: () => viewer.pagesCount ? viewer.nextPage() : pane.first.turn(1),
    previous: () => viewer.pagesCount ? viewer.previousPage() : pane.first.turn(-1),
    first: () => (viewer.currentPageNumber = 1),
    last: () => (viewer.currentPageNumber = viewer.pagesCount),
    jump: () => field.select(),
    close: () => {
      const menu = root.querySelector("details.menu[open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      } else if (pane.find.isOpen) pane.find.close();
      else if (pane.panel.isOpen && getComputedStyle(pane.panel.element).position === "absolute") pane.panel.hide();
      else return false;
      return true;
    },
  };
  pane.acts = acts;

  // No smaller than that a page fits: more pages at once than may be drawn would show nothing
  function zoom(factor, origin, drawingDelay = 0) {
    const view = pane.page(viewer.currentPageNumber);
    if (!view) return;
    const scale = viewer.currentScale;
    const smallest = Math.min((desk.clientHeight - 5) / view.height, (desk.clientWidth - 40) / view.width, 1) * scale;
    const wished = Math.min(Math.max(scale * factor, Math.min(smallest, scale)), LARGEST);
    if (wished === scale) return;
    viewer.updateScale({ scaleFactor: wished / scale, drawingDelay, origin });
  }

  root.addEventListener("click", (e) => {
    const act = e.target.closest("[data-reader-act]")?.dataset.readerAct;
    if (!act || !acts[act]) return;
    acts[act]();
    e.target.closest("details.menu")?.removeAttribute("open");
  }, { signal });
  jump.addEventListener("submit", (e) => {
    e.preventDefault();
    const page = Math.min(Math.max(Number.parseInt(field.value, 10) || 1, 1), viewer.pagesCount);
    viewer.currentPageNumber = page;
    field.value = page;
    desk.focus({ preventScroll: true });
  });

  eventBus.on("pagesinit", () => {
    ofAll.textContent = `/ ${viewer.pagesCount}`;
    showPage(viewer.currentPageNumber);
  });
  eventBus.on("pagechanging", ({ pageNumber }) => showPage(pageNumber));
  pane.first.onTurn(showPage);
  function showPage(page) {
    if (document.activeElement !== field) field.value = page;
    for (const place of [count, root.querySelector("[data-pane-count]")]) {
      if (place) place.lastChild.textContent = ` ${page} / ${viewer.pagesCount || pane.document.pages}`;
    }
  }
  eventBus.on("scalechanging", ({ presetValue }) => {
    for (const [name, value] of Object.entries(fits)) {
      for (const button of root.querySelectorAll(`[data-reader-act=${name}]`)) {
        button.setAttribute("aria-pressed", String(presetValue === value));
      }
    }
  });

  desk.addEventListener(
    "wheel",
    (e) => {
      if (!e.ctrlKey) return;
      e.preventDefault();
      zoom(Math.exp(-e.deltaY / 100), [e.clientX, e.clientY], 400);
    },
    { passive: false, signal },
  );
  new TouchManager({
    container: desk,
    signal,
    onPinching: (origin, before, now) => zoom(now / before, origin, 400),
  });
}
