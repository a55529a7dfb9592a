// Read aloud (Nghe): only where this device has a Vietnamese voice. The sentence being read is marked and kept in sight;
// pages turn with it; leaving the paper ends it.
import { foldWithPlaces } from "./fold.js";

const MARK = "reader-spoken";
const SPEED = "reader-speed"; // how fast this device reads, kept in this browser

const isVietnamese = (voice) => /^vi([-_]|$)/i.test(voice.lang);

function voiceHere() {
  const voices = globalThis.speechSynthesis?.getVoices().filter(isVietnamese) ?? [];
  return voices.find((one) => one.localService) ?? voices[0] ?? null; // one that needs no network first
}

/** Offer to read `pane` aloud, as soon as a Vietnamese voice is there; some browsers tell of theirs late. */
export function offerListening(pane) {
  if (!globalThis.speechSynthesis) return;
  let asked = false;
  const look = async () => {
    if (asked || !voiceHere()) return;
    asked = true;
    try {
      // apart from the reader: a browser too old for its expressions reads all the same, with the eyes
      new Listener(pane, await import("./speech-text.js"));
    } catch (fault) {
      console.warn(fault);
    }
  };
  look();
  speechSynthesis.addEventListener?.("voiceschanged", look, { signal: pane.signal });
}

class Listener {
  #page = 0;
  #line = []; // sentences of the page
  #at = 0;
  #run = 0; // a number for what is being said: what ends late belongs to an earlier one
  #ranges = [];

  constructor(pane, { sentences, spoken }) {
    Object.assign(this, { pane, sentences, spoken });
    const parts = document.querySelector("[data-listen-parts]").content;
    const button = parts.querySelector("[data-listen-start]").cloneNode(true);
    pane.root.querySelector(".r-more .menu-body").prepend(button);
    button.addEventListener("click", () => this.start());
    this.bar = parts.querySelector("[data-listen]").cloneNode(true);
    this.words = this.bar.querySelector("[data-listen-words]");
    this.toggle = this.bar.querySelector("[data-listen-toggle]");
    this.speed = this.bar.querySelector("select");
    try {
      this.speed.value = localStorage.getItem(SPEED) ?? "1";
    } catch {
      // reads at the usual speed
    }
    this.toggle.addEventListener("click", () => (this.isPaused ? this.resume() : this.pause()));
    this.bar.querySelector("[data-listen-stop]").addEventListener("click", () => this.stop());
    this.speed.addEventListener("change", () => {
      try {
        localStorage.setItem(SPEED, this.speed.value);
      } catch {
        // for this page
      }
      if (!this.isPaused) this.#say(); // the sentence again, at the new speed
    });
    pane.acts.listen = () => (this.bar.isConnected ? this.stop() : this.start());
    addEventListener("pagehide", () => this.stop(), { signal: pane.signal });
    pane.signal.addEventListener("abort", () => this.stop());
    // the layer of words comes anew after a zoom
    pane.eventBus.on("textlayerrendered", ({ pageNumber }) => this.bar.isConnected && pageNumber === this.#page && this.#mark());
  }

  async start() {
    speechSynthesis.cancel();
    this.pane.slot("listen").replaceChildren(this.bar);
    this.isPaused = false;
    this.#tell();
    await this.#open(this.pane.viewer.currentPageNumber);
  }

  stop() {
    this.#run++;
    speechSynthesis.cancel();
    this.#unmark();
    this.bar.remove();
  }

  // Pausing is falling silent and remembering the sentence: pause() of the browser itself fails on many tablets
  pause() {
    this.#run++;
    this.isPaused = true;
    speechSynthesis.cancel();
    this.#tell();
  }

  resume() {
    this.isPaused = false;
    this.#tell();
    // whoever turned to another page meanwhile means that page
    if (this.pane.viewer.currentPageNumber !== this.#page) this.#open(this.pane.viewer.currentPageNumber);
    else this.#say();
  }

  async #open(page) {
    const run = ++this.#run;
    const texts = await this.pane.pageTexts().catch(() => []);
    if (run !== this.#run) return;
    let next = page;
    while (next <= texts.length && !(this.#line = this.sentences(texts[next - 1].text)).length) next++;
    if (next > texts.length) return this.stop(); // the end, or scanned pages without words
    this.#page = next;
    this.#at = 0;
    if (this.pane.viewer.currentPageNumber !== next) this.pane.goTo(next);
    this.#say();
  }

  #say() {
    const run = ++this.#run;
    speechSynthesis.cancel();
    const one = this.#line[this.#at];
    const words = new SpeechSynthesisUtterance(this.spoken(one.text));
    words.voice = voiceHere();
    words.lang = "vi-VN";
    words.rate = Number(this.speed.value);
    words.onend = () => run === this.#run && this.#next();
    words.onerror = (e) => run === this.#run && !["canceled", "interrupted"].includes(e.error) && this.pause();
    speechSynthesis.speak(words);
    this.#mark();
    this.#tell();
  }

  #next() {
    this.#at++;
    if (this.#at < this.#line.length) this.#say();
    else if (this.#page < this.pane.document.pages) this.#open(this.#page + 1);
    else this.stop();
  }

  #tell() {
    const { saysReading, saysPaused, saysPause, saysResume } = this.bar.dataset;
    this.words.textContent = (this.isPaused ? saysPaused : saysReading).replace("%(n)s", this.#page || this.pane.viewer.currentPageNumber);
    this.toggle.querySelector("span").textContent = this.isPaused ? saysResume : saysPause;
  }

  // --- the mark -----------------------------------------------------------------------------------------------------

  /** Mark the sentence in the layer of words: looked for by its folded words, the n-th of its kind. */
  #mark() {
    this.#unmark();
    const layer = this.pane.textLayerOf(this.#page);
    const one = this.#line[this.#at];
    if (!layer || !one || !globalThis.Highlight) return;
    const pieces = [];
    let text = "";
    const walk = document.createTreeWalker(layer, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) {
        pieces.push({ node, from: text.length });
        text += node.data;
      } else if (node.tagName === "BR") text += "\n";
    }
    const page = foldWithPlaces(text);
    const sought = foldWithPlaces(one.text).folded;
    const earlier = this.#line.slice(0, this.#at).filter((other) => foldWithPlaces(other.text).folded === sought).length;
    let at = page.folded.indexOf(sought);
    for (let n = 0; n < earlier && at >= 0; n++) at = page.folded.indexOf(sought, at + 1);
    if (at < 0) return;
    const [start, end] = [page.starts[at + 1], page.ends[at + sought.length - 2]];
    for (const { node, from } of pieces) {
      if (from >= end || from + node.data.length <= start) continue;
      const range = new Range();
      range.setStart(node, Math.max(0, start - from));
      range.setEnd(node, Math.min(node.data.length, end - from));
      this.#ranges.push(range);
    }
    CSS.highlights.set(MARK, new Highlight(...this.#ranges));
    this.#keepInSight();
  }

  #keepInSight() {
    const box = this.#ranges[0]?.getBoundingClientRect();
    if (!box) return;
    const frame = this.pane.desk.getBoundingClientRect();
    if (box.top < frame.top + 8 || box.bottom > frame.bottom - 48) this.pane.desk.scrollTop += box.top - frame.top - frame.height / 4;
  }

  #unmark() {
    this.#ranges = [];
    globalThis.CSS?.highlights?.delete(MARK);
  }
}
