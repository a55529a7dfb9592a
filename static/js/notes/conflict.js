// A note that was changed here and on another tablet: both stand beside each other, and its author chooses, or keeps both.
import { pagesOf, pathOf, read } from "./format.js";

const SVG = "http://www.w3.org/2000/svg";

/** Shows conflicts one after the other in the element of documents/_note_conflict.html. */
export class Conflicts {
  #waiting = new Map();

  /** `choose(item, "mine" | "theirs" | "both")` is called once for each; `place(item)` names the paper where many are open. */
  constructor(root, choose, place = () => "") {
    Object.assign(this, { root, choose, place });
    root.addEventListener("click", (e) => {
      const choice = e.target.closest("[data-keep]")?.dataset.keep;
      const [id] = this.#waiting.keys();
      if (!choice || !id) return;
      const item = this.#waiting.get(id);
      this.#waiting.delete(id);
      this.#show();
      choose(item, choice);
    });
  }

  get size() {
    return this.#waiting.size;
  }

  add(item) {
    this.#waiting.set(item.id, item);
    this.#show();
  }

  #show() {
    const [item] = this.#waiting.values();
    this.root.hidden = !item;
    if (!item) return;
    const mine = (item.next ?? item.flight).annotation;
    const isGone = item.theirs["nt:removed"];
    this.root.querySelector("[data-mine]").replaceChildren(...this.#card(mine && read(mine)));
    this.root.querySelector("[data-theirs]").replaceChildren(...this.#card(isGone ? null : read(item.theirs)));
    this.root.querySelector("[data-conflict-place]").textContent = this.place(item);
    this.root.querySelector("[data-keep=both]").hidden = !mine || isGone; // of one there is nothing to keep
    this.root.querySelector("[data-keep=mine]").focus({ preventScroll: true });
  }

  #card(note) {
    const says = this.root.dataset;
    if (!note) return [line("p", says.saysRemoved, "strong")];
    const kind = says[`kind${note.kind[0].toUpperCase()}${note.kind.slice(1)}`];
    const parts = [line("p", [note.page && says.saysPage.replace("%(n)s", pagesOf(note).join("–")), kind].filter(Boolean).join(" · "), "s")];
    if (note.quote) parts.push(line("blockquote", note.quote, `note-quote note-quote--${note.colour}`));
    if (note.text) parts.push(line("p", note.text, "prewrap"));
    if (note.strokes.length) parts.push(drawing(note));
    return parts;
  }
}

function line(tag, words, cls) {
  return Object.assign(document.createElement(tag), { textContent: words, className: cls });
}

function drawing(note) {
  const svg = document.createElementNS(SVG, "svg");
  const points = note.strokes.flat();
  const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
  const [left, top] = [Math.min(...xs) - 10, Math.min(...ys) - 10];
  svg.setAttribute("viewBox", `${left} ${top} ${Math.max(...xs) - left + 10} ${Math.max(...ys) - top + 10}`);
  svg.setAttribute("class", `n-sketch note-colour--${note.colour}`);
  for (const stroke of note.strokes) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", pathOf(stroke));
    svg.append(path);
  }
  return svg;
}
