// The own layer over pdf.js's pages: boxes over words, drawings, a flag for bookmarks. Drawn anew whenever a page is.
import { boxesOf, pagesOf, pathOf, rangeOf } from "./format.js";

const SVG = "http://www.w3.org/2000/svg";

/** A point in thousandths of the page, turned with the page by 0, 90, 180 or 270 degrees. */
export const turned = ([x, y], angle) =>
  ({ 0: [x, y], 90: [1000 - y, x], 180: [1000 - x, 1000 - y], 270: [y, 1000 - x] })[angle];

export class Layer {
  /** `notes` is a Map of plain notes by id; `open(id)` is called when one is touched. */
  constructor(reader, notes, open) {
    Object.assign(this, { reader, notes, open, chosen: "" });
    for (const event of ["pagerendered", "textlayerrendered"]) {
      reader.eventBus.on(event, ({ pageNumber }) => this.draw(pageNumber), { signal: reader.signal });
    }
    reader.desk.addEventListener("click", (e) => this.#touch(e), { signal: reader.signal });
  }

  get angle() {
    return ((this.reader.viewer.pagesRotation % 360) + 360) % 360;
  }

  over(n) {
    const page = this.reader.page(n)?.div;
    if (!page) return null;
    let layer = page.querySelector(":scope > .n-layer");
    if (!layer) {
      layer = document.createElement("div");
      layer.className = "n-layer";
      layer.dataset.page = n;
      page.append(layer);
    }
    return layer;
  }

  drawAll() {
    for (let n = 1; n <= this.reader.viewer.pagesCount; n++) {
      const page = this.reader.page(n)?.div;
      if (page?.querySelector("canvas, .n-layer")) this.draw(n);
    }
  }

  /** Draw the pages of a note anew. */
  drawNote(note) {
    for (const n of pagesOf(note)) this.draw(n);
  }

  draw(n) {
    const layer = this.over(n);
    if (!layer) return;
    layer.replaceChildren();
    let flags = 0;
    for (const [id, note] of this.notes) {
      if (!pagesOf(note).includes(n) || note.removed || note.state === "doubt" || note.state === "kept") continue;
      const boxes = note.quote ? this.boxesFor(n, note) : note.boxes;
      (note.shown ??= {})[n] = boxes;
      for (const [x, y, width, height] of boxes) {
        const box = document.createElement("div");
        box.className = "n-box";
        Object.assign(box.style, { left: `${x}%`, top: `${y}%`, width: `${width}%`, height: `${height}%` });
        this.#mark(box, id, note);
        layer.append(box);
      }
      if (note.strokes.length) layer.append(this.#ink(id, note));
      if (!boxes.length && !note.strokes.length && n === note.page) {
        const flag = document.createElement("button");
        flag.type = "button";
        flag.className = "n-flag";
        flag.style.top = `${flags++ * 48}px`;
        flag.textContent = note.kind === "bookmark" ? "★" : "✎";
        flag.setAttribute("aria-label", note.text || note.quote || this.reader.notesWords?.[note.kind] || note.kind);
        this.#mark(flag, id, note);
        flag.addEventListener("click", (e) => {
          e.stopPropagation();
          this.open(id);
        });
        layer.append(flag);
      }
    }
  }

  /** Boxes of words: found in the words that are drawn; else the kept ones, as long as the page is not turned. */
  boxesFor(n, note) {
    const text = this.reader.textLayerOf(n);
    const range = text && rangeOf(text, note, n);
    if (range) return boxesOf(range, this.reader.page(n).div);
    const kept = n === note.page ? note.boxes : note.beyond.find((more) => more.page === n).boxes;
    return this.angle === 0 ? kept : [];
  }

  #mark(element, id, note) {
    element.dataset.note = id;
    element.dataset.kind = note.kind;
    element.dataset.colour = note.colour;
    element.classList.toggle("is-chosen", id === this.chosen);
  }

  #ink(id, note) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 1000 1000");
    svg.setAttribute("preserveAspectRatio", "none");
    this.#mark(svg, id, note);
    for (const stroke of note.strokes) {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("d", pathOf(stroke.map((point) => turned(point, this.angle))));
      svg.append(path);
    }
    return svg;
  }

  #touch(e) {
    const page = e.target.closest?.(".page");
    if (!page || !getSelection().isCollapsed || e.target.closest("a, button, .is-drawing")) return;
    const frame = page.getBoundingClientRect();
    const [x, y] = [((e.clientX - frame.left) / frame.width) * 100, ((e.clientY - frame.top) / frame.height) * 100];
    const n = Number(page.dataset.pageNumber);
    const slack = (12 / frame.width) * 100; // a finger is broader than a line
    for (const [id, note] of this.notes) {
      if (!pagesOf(note).includes(n) || note.removed) continue;
      const isIn = (note.shown?.[n] ?? []).some(([left, top, w, h]) => x >= left - slack / 2 && x <= left + w + slack / 2 && y >= top - 0.3 && y <= top + h + 0.3);
      const isOn = note.strokes.some((stroke) =>
        stroke.some((point) => {
          const [px, py] = turned(point, this.angle);
          return Math.hypot(px / 10 - x, ((py / 10 - y) * frame.height) / frame.width) < slack;
        }),
      );
      if (isIn || isOn) return this.open(id);
    }
  }
}
