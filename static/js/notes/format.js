// Notes as W3C Web Annotations (docs/notes-format.md), and words found on a drawn page.

const MOTIVATION = { highlight: "highlighting", text: "commenting", pen: "describing", bookmark: "bookmarking" };
const PAGE = "http://tools.ietf.org/rfc/rfc3778";
const BOX = "http://www.w3.org/TR/media-frags/";
export const AROUND = 32; // letters kept before and after the words

/**
 * A plain note → what is sent. Boxes are [x, y, width, height] in percent; strokes are [[x, y], …] in thousandths; `beyond`
 * is [{page, boxes}] of the pages onto which the words run.
 */
export function written({ kind, colour, text, page, quote, prefix, suffix, boxes, beyond, strokes, digest }) {
  const selector = [{ type: "FragmentSelector", conformsTo: PAGE, value: `page=${page}` }];
  if (quote) selector.push({ type: "TextQuoteSelector", exact: quote, prefix: prefix ?? "", suffix: suffix ?? "" });
  selector.push(...(boxes ?? []).map(boxOf));
  for (const more of beyond ?? []) {
    selector.push({ type: "FragmentSelector", conformsTo: PAGE, value: `page=${more.page}` }, ...more.boxes.map(boxOf));
  }
  if (strokes?.length) selector.push({ type: "SvgSelector", value: svgOf(strokes) });
  return {
    type: "Annotation",
    motivation: MOTIVATION[kind],
    body: text ? [{ type: "TextualBody", value: text, format: "text/plain" }] : [],
    target: { styleClass: colour, "nt:pageText": `sha256:${digest ?? ""}`, selector },
  };
}

function boxOf(box) {
  const numbers = box.map((n) => Math.min(Math.max(n, 0), 100).toFixed(2));
  return { type: "FragmentSelector", conformsTo: BOX, value: `xywh=percent:${numbers.join(",")}` };
}

/** The pages of a note: one, or those over which its words run. */
export const pagesOf = (note) => [note.page, ...note.beyond.map((more) => more.page)];

/** What the server or the queue gives → a plain note. */
export function read(annotation) {
  const kinds = Object.fromEntries(Object.entries(MOTIVATION).map(([kind, word]) => [word, kind]));
  const note = {
    kind: kinds[annotation.motivation],
    text: annotation.body?.[0]?.value ?? "",
    colour: annotation.target?.styleClass ?? "vang",
    digest: (annotation.target?.["nt:pageText"] ?? "").replace("sha256:", ""),
    page: 0, quote: "", prefix: "", suffix: "", boxes: [], beyond: [], strokes: [],
  };
  let there = note.boxes; // a box lies on the page that was named last
  for (const one of annotation.target?.selector ?? []) {
    const page = /^page=(\d+)$/.exec(one.value ?? "");
    const box = /^xywh=percent:([\d.]+),([\d.]+),([\d.]+),([\d.]+)$/.exec(one.value ?? "");
    if (page && !note.page) note.page = Number(page[1]);
    else if (page) {
      note.beyond.push({ page: Number(page[1]), boxes: [] });
      there = note.beyond.at(-1).boxes;
    } else if (box) there.push(box.slice(1).map(Number));
    else if (one.type === "TextQuoteSelector") Object.assign(note, { quote: one.exact, prefix: one.prefix, suffix: one.suffix });
    else if (one.type === "SvgSelector") note.strokes = strokesIn(one.value);
  }
  return note;
}

export const pathOf = (stroke) => `M${stroke.map(([x, y]) => `${Math.round(x)} ${Math.round(y)}`).join("L")}`;

function svgOf(strokes) {
  const paths = strokes.map((stroke) => `<path d="${pathOf(stroke)}"/>`).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 1000" preserveAspectRatio="none">${paths}</svg>`;
}

// only numbers are taken out of it: nothing of the text is ever put into the page
function strokesIn(svg) {
  return [...svg.matchAll(/ d="M([\d L]+)"/g)].map(([, path]) => path.split("L").map((point) => point.split(" ").map(Number)));
}

/** The letters of an element as one sees them, each with the text node and place that it came from. */
export function lettersOf(layer) {
  const letters = { text: "", nodes: [], at: [] };
  const walker = document.createTreeWalker(layer, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (let i = 0; i < node.data.length; i++) {
      for (const letter of node.data[i].normalize("NFKD")) {
        if (/[\s\u00ad\u200b-\u200f\u2060\ufeff]/.test(letter)) continue;
        letters.text += letter;
        for (let part = 0; part < letter.length; part++) {
          letters.nodes.push(node);
          letters.at.push(i);
        }
      }
    }
  }
  return letters;
}

const squeezed = (text) => (text ?? "").normalize("NFKD").replace(/[\s\u00ad\u200b-\u200f\u2060\ufeff]+/g, "");

/** The one place of a note's words in the text layer of page `n` as a Range; null when it is not exactly one. */
export function rangeOf(layer, note, n = note.page) {
  const letters = lettersOf(layer);
  const { text } = letters;
  const [before, words, after] = [squeezed(note.prefix), squeezed(note.quote), squeezed(note.suffix)];
  if (!words) return null;
  if (note.beyond?.length) return partOf(letters, pagesOf(note), n, [before, words, after]);
  let found = places(text, before + words + after).map((start) => start + before.length);
  if (!found.length) {
    found = places(text, words).filter((start) => {
      const [head, tail] = [text.slice(0, start), text.slice(start + words.length)];
      return (!before || head.endsWith(before.slice(-8))) && (!after || tail.startsWith(after.slice(0, 8)));
    });
    if (!found.length) found = places(text, words);
  }
  return found.length === 1 ? rangeAt(letters, found[0], found[0] + words.length) : null;
}

// What stands on one page of words that run over several: at the end of the first, all of those between, at the
// beginning of the last. Longest first; null when two lengths fit.
function partOf(letters, pages, n, [before, words, after]) {
  const { text } = letters;
  if (n !== pages[0] && n !== pages.at(-1)) return words.includes(text) ? rangeAt(letters, 0, text.length) : null;
  const fits = [];
  for (let size = Math.min(text.length, words.length - 1); size > 0 && fits.length < 2; size--) {
    const rest = text.length - size;
    const isIt =
      n === pages[0]
        ? text.endsWith(words.slice(0, size)) && text.slice(0, rest).endsWith(before.slice(-Math.min(8, rest)))
        : text.startsWith(words.slice(-size)) && text.slice(size).startsWith(after.slice(0, Math.min(8, rest)));
    if (isIt) fits.push(size);
  }
  if (fits.length !== 1) return null;
  return n === pages[0] ? rangeAt(letters, text.length - fits[0], text.length) : rangeAt(letters, 0, fits[0]);
}

function rangeAt({ nodes, at }, start, end) {
  if (start >= end) return null;
  const range = document.createRange();
  range.setStart(nodes[start], at[start]);
  range.setEnd(nodes[end - 1], at[end - 1] + 1);
  return range;
}

function places(text, words) {
  const found = [];
  for (let at = text.indexOf(words); at >= 0 && found.length < 3; at = text.indexOf(words, at + 1)) found.push(at);
  return found;
}

/** The words that a Range marks in a text layer, with what stands around them. */
export function quoteOf(layer, range) {
  const before = document.createRange();
  before.setStart(layer, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const after = document.createRange();
  after.setStart(range.endContainer, range.endOffset);
  after.setEnd(layer, layer.childNodes.length);
  const plain = (one) => textOf(one).normalize("NFC").replace(/\s+/g, " ");
  return { quote: plain(range).trim(), prefix: plain(before).slice(-AROUND), suffix: plain(after).slice(0, AROUND) };
}

// the layer's lines end with <br>: a space, or words of two lines grow together
function textOf(range) {
  const part = range.cloneContents();
  for (const end of part.querySelectorAll?.("br") ?? []) end.replaceWith(" ");
  return part.textContent;
}

/** The boxes of a Range on its page in percent, one for each line. */
export function boxesOf(range, page) {
  const frame = page.getBoundingClientRect();
  const lines = [];
  for (const one of range.getClientRects()) {
    if (one.width < 1 || one.height < 1) continue;
    const line = lines.find((l) => Math.abs(l.top - one.top) < one.height / 2 && Math.abs(l.bottom - one.bottom) < one.height / 2);
    if (!line) lines.push({ top: one.top, bottom: one.bottom, left: one.left, right: one.right });
    else {
      line.left = Math.min(line.left, one.left);
      line.right = Math.max(line.right, one.right);
    }
  }
  return lines.slice(0, 300).map(({ top, bottom, left, right }) => [
    ((left - frame.left) / frame.width) * 100, ((top - frame.top) / frame.height) * 100,
    ((right - left) / frame.width) * 100, ((bottom - top) / frame.height) * 100,
  ]);
}
