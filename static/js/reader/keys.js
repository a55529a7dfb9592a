// Keys of the reader; they act on the paper that was touched last. The help lists them (documents/_reader_help.html).

const KEYS = {
  ArrowRight: "next", n: "next", ArrowLeft: "previous", p: "previous",
  Home: "first", End: "last", g: "jump",
  "+": "larger", "=": "larger", "-": "smaller", 0: "width", 9: "page",
  "/": "find", t: "panel", c: "notes", r: "rotate", d: "night",
};

const typing = (element) => element instanceof Element && element.closest("input, textarea, select, [contenteditable], dialog[open]");

/** `active()` gives the pane that keys act on; `more` are further keys with what they do. */
export function bindKeys(active, more = {}) {
  document.addEventListener(
    "keydown",
    (e) => {
      if (document.querySelector("dialog[open]")) return;
      const pane = active();
      const { acts, find } = pane;
      if ((e.ctrlKey || e.metaKey) && !e.altKey && e.key.toLowerCase() === "f") return take(e, () => find.open());
      if (e.key === "F3") return take(e, () => find.next(e.shiftKey ? -1 : 1));
      if (e.key === "Escape" && acts.close()) return take(e, () => {});
      if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target)) return;
      // arrows and Home belong to whatever has the focus, unless that is the paper
      const moves = ["ArrowRight", "ArrowLeft", "Home", "End"].includes(e.key);
      if (moves && !pane.desk.contains(e.target) && e.target !== document.body) return;
      if (more[e.key]) return take(e, more[e.key]);
      if (KEYS[e.key]) take(e, acts[KEYS[e.key]]);
    },
    true, // before the keys of every page, where Escape leads back
  );
}

function take(e, act) {
  e.preventDefault();
  e.stopPropagation();
  act();
}
