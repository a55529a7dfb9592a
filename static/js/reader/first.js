// The first pages as the server's pictures, below each other: they stand and can be leafed through before pdf.js has
// read the paper, and are handed over to lie under its pages.

const GAP = 12; // CSS pixels above each page (css/pages/reader.css)

export class First {
  #element;
  #desk;

  constructor({ root, desk }) {
    this.#element = root.querySelector("[data-reader-first]");
    this.#desk = desk;
  }

  get #pictures() {
    return [...(this.#element?.children ?? [])];
  }

  // The picture that the upper half of the screen shows
  get #at() {
    const middle = this.#element.scrollTop + this.#element.clientHeight / 2;
    return this.#pictures.findLastIndex((one) => one.offsetTop <= middle);
  }

  /** Turn by `step` pages, as far as there are pictures. */
  turn(step) {
    const picture = this.#pictures[this.#at + step];
    if (picture) this.#element.scrollTop = picture.offsetTop - GAP;
  }

  /** Tell `show` the page at each turn, until the pages are handed over. */
  onTurn(show) {
    this.#element?.addEventListener("scroll", () => show(Number(this.#pictures[this.#at].dataset.picture)), { passive: true });
  }

  /** The pictures by page, taken away from here; the desk stands where they stood. */
  handOver() {
    const pictures = this.#pictures;
    if (pictures.length) this.#desk.scrollTop += this.#element.scrollTop;
    this.#element?.remove();
    this.#element = null;
    this.taken?.(new Map(pictures.map((one) => [Number(one.dataset.picture), one])));
  }
}
